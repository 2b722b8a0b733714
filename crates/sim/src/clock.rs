//! Time, which passes only when nothing else is to be done.

use chat::{Environment, Timestamp};
use tokio::time::Instant;

use crate::chance::Chance;

/// When every simulation begins: 2026-01-01T00:00:00Z.
const BEGIN_MS: i64 = 1_767_225_600_000;

/// The runtime's clock as the server's.
pub(crate) struct Clock {
    began: Instant,
    chance: Chance,
}

impl Clock {
    pub(crate) fn start(chance: Chance) -> Self {
        Self { began: Instant::now(), chance }
    }
}

impl Environment for Clock {
    fn now(&self) -> Timestamp {
        Timestamp(BEGIN_MS + self.began.elapsed().as_millis() as i64)
    }

    fn random(&self, bytes: &mut [u8]) {
        self.chance.fill(bytes);
    }
}
