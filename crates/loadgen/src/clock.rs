//! The wall clock and message ids.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Time since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "a load generator measures real time; there is nothing to replay"
)]
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Makes UUIDv7s: the time in front, then a count instead of chance, so that making one costs nothing.
#[derive(Debug)]
pub(crate) struct MessageIds {
    run: u32,
    made: u64,
}

impl MessageIds {
    pub(crate) fn new() -> Self {
        Self { run: since_epoch().subsec_nanos(), made: 0 }
    }

    pub(crate) fn next(&mut self) -> Uuid {
        self.made += 1;
        let mut tail = [0; 10];
        tail[2..6].copy_from_slice(&self.run.to_be_bytes());
        tail[6..].copy_from_slice(&(self.made as u32).to_be_bytes());
        let millis = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_of_version_7() {
        let mut ids = MessageIds::new();
        let (first, second) = (ids.next(), ids.next());
        assert_ne!(first, second);
        assert_eq!(first.get_version_num(), 7);
    }
}
