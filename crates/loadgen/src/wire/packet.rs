//! Engine.IO v4 and Socket.IO v5 packets of the namespace `/`, recognised by their first bytes.
//!
//! Events are counted by the hundred thousand, so a packet is looked at, not parsed.

/// One packet from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Engine.IO `open`.
    Open,
    /// Engine.IO `ping`; answered by the swarm itself.
    Ping,
    /// Engine.IO `close`.
    Close,
    /// The namespace let us in.
    Connected,
    /// It did not; the JSON says why.
    ConnectError(&'a [u8]),
    /// An event: its name, and the whole JSON array.
    Event {
        name: &'a [u8],
        json: &'a [u8],
    },
    /// The answer to the event that we numbered so.
    Ack {
        id: u64,
        json: &'a [u8],
    },
    Other,
}

impl<'a> Packet<'a> {
    pub(crate) fn of(text: &'a [u8]) -> Self {
        match text {
            [b'4', b'2', json @ ..] => Self::event(json),
            [b'4', b'3', rest @ ..] => Self::ack(rest),
            [b'4', b'0', ..] => Self::Connected,
            [b'4', b'4', json @ ..] => Self::ConnectError(json),
            [b'0', ..] => Self::Open,
            [b'1', ..] => Self::Close,
            [b'2', ..] => Self::Ping,
            _ => Self::Other,
        }
    }

    /// `["name",…]`. An event that wants an answer, or of another namespace, is none that we wait for.
    fn event(json: &'a [u8]) -> Self {
        let [b'[', b'"', rest @ ..] = json else { return Self::Other };
        let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
        Self::Event { name: &rest[..end], json }
    }

    fn ack(rest: &'a [u8]) -> Self {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let id = rest[..digits].iter().fold(0, |id, digit| id * 10 + u64::from(digit - b'0'));
        if digits == 0 { Self::Other } else { Self::Ack { id, json: &rest[digits..] } }
    }
}

/// Whether `needle` occurs in `bytes`: enough to tell `"ok":true`, or an id that we invented.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        assert_eq!(Packet::of(b"0{\"sid\":\"a\"}"), Packet::Open);
        assert_eq!(Packet::of(b"2"), Packet::Ping);
        assert_eq!(Packet::of(b"40{\"sid\":\"a\"}"), Packet::Connected);
        assert_eq!(Packet::of(b"44{}"), Packet::ConnectError(b"{}"));
        assert_eq!(
            Packet::of(b"42[\"message:new\",{}]"),
            Packet::Event { name: b"message:new", json: b"[\"message:new\",{}]" }
        );
        assert_eq!(Packet::of(b"4312[{}]"), Packet::Ack { id: 12, json: b"[{}]" });
        assert_eq!(Packet::of(b"42/other,[\"a\"]"), Packet::Other);
        assert_eq!(Packet::of(b""), Packet::Other);
    }
}
