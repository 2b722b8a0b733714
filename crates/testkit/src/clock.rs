//! Time that a test moves, and randomness that it can repeat.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use chat::{Environment, Timestamp};

/// When every test begins: 2026-01-01T00:00:00Z.
const BEGIN_MS: i64 = 1_767_225_600_000;

/// A clock that stands still until it is moved, and random bytes from a counter: unlike each other, and the same in
/// every run.
#[derive(Debug, Clone)]
pub struct TestEnvironment {
    now_ms: Arc<AtomicI64>,
    drawn: Arc<AtomicU64>,
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self { now_ms: Arc::new(AtomicI64::new(BEGIN_MS)), drawn: Arc::default() }
    }
}

impl TestEnvironment {
    /// Moves the clock.
    pub fn advance_ms(&self, millis: i64) {
        self.now_ms.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Environment for TestEnvironment {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::SeqCst))
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 over a counter.
            let mut z = self.drawn.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}
