use crate::random::Random;
use std::fmt::Write;

const EPOCH_CHARS: usize = 8;

/// Where an event stands in its namespace.
///
/// Ordered: what is sent to one socket alone after broadcast `n` comes before broadcast `n + 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Position {
    /// The number of the broadcast, or of the last one before.
    pub(crate) broadcast: u64,
    /// Counts what was sent to the socket alone; 0 for a broadcast.
    pub(crate) direct: u64,
}

impl Position {
    pub(crate) fn of_broadcast(broadcast: u64) -> Self {
        Self { broadcast, direct: 0 }
    }
}

/// Names one run of the server. Clients keep their last offset longer than their session, even over a restart.
#[derive(Debug, Clone)]
pub(crate) struct Epoch(Box<str>);

/// What a client says of the last event that it got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offset {
    /// None of this session: everything since its start is missing.
    Start,
    At(Position),
    /// Not an offset: the last event ended with a string of the application's.
    Unknown,
}

impl Epoch {
    /// Of this run. Without randomness no socket has an id either, so that nobody gets an offset.
    pub(crate) fn random() -> Self {
        Self::new(Random::new().id().ok().as_ref().and_then(|id| id.get(..EPOCH_CHARS)).unwrap_or("00000000"))
    }

    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// `<epoch>.<broadcast>`, and `.<direct>` if the event went to one socket alone.
    pub(crate) fn write(&self, position: Position) -> String {
        let mut offset = format!("{}.{}", self.0, position.broadcast);
        if position.direct > 0 {
            // Writing to a string cannot fail.
            let _ = write!(offset, ".{}", position.direct);
        }
        offset
    }

    pub(crate) fn read(&self, offset: Option<&str>) -> Offset {
        let Some(offset) = offset else { return Offset::Start };
        match parse(offset) {
            Some((epoch, position)) if *epoch == *self.0 => Offset::At(position),
            Some((epoch, _)) if epoch.len() == self.0.len() => Offset::Start,
            _ => Offset::Unknown,
        }
    }
}

fn parse(offset: &str) -> Option<(&str, Position)> {
    let (epoch, rest) = offset.split_once('.')?;
    let (broadcast, direct) = rest.split_once('.').unwrap_or((rest, "0"));
    let number = |digits: &str| {
        if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    Some((epoch, Position { broadcast: number(broadcast)?, direct: number(direct)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_written_and_read() {
        let epoch = Epoch::new("AbCd1234");
        for position in [
            Position::default(),
            Position::of_broadcast(7),
            Position { broadcast: 7, direct: 1 },
            Position { broadcast: u64::MAX, direct: u64::MAX },
        ] {
            assert_eq!(epoch.read(Some(&epoch.write(position))), Offset::At(position));
        }
        assert_eq!(epoch.write(Position::of_broadcast(7)), "AbCd1234.7");
        assert_eq!(epoch.write(Position { broadcast: 7, direct: 3 }), "AbCd1234.7.3");
    }

    #[test]
    fn an_offset_of_another_run_is_the_start_and_anything_else_is_unknown() {
        let epoch = Epoch::new("AbCd1234");
        assert_eq!(epoch.read(None), Offset::Start);
        assert_eq!(epoch.read(Some("ZbCd1234.99")), Offset::Start);
        let unknown =
            ["", "hello", "AbCd1234", "AbCd1234.", "AbCd1234.x", "AbCd1234.1.", "AbCd1234.-1", "AbCd1234.+1"];
        for unknown in unknown.into_iter().chain(["AbCd1234.99999999999999999999", "short.1"]) {
            assert_eq!(epoch.read(Some(unknown)), Offset::Unknown, "{unknown}");
        }
    }

    #[test]
    fn what_one_socket_gets_stands_between_two_broadcasts() {
        let direct = |broadcast, direct| Position { broadcast, direct };
        assert!(Position::of_broadcast(1) < direct(1, 5));
        assert!(direct(1, 5) < direct(1, 6));
        assert!(direct(1, 6) < Position::of_broadcast(2));
    }
}
