//! Counts that have a limit over all shards. Touched when a connection comes or goes, never in between.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// How many seats are taken.
#[derive(Default)]
pub(crate) struct Gauge(Arc<AtomicUsize>);

/// One of them, free again when dropped.
pub(crate) struct Seat(Arc<AtomicUsize>);

impl Gauge {
    /// `None` when `limit` are taken.
    pub(crate) fn take(&self, limit: usize) -> Option<Seat> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| (taken < limit).then_some(taken + 1))
            .is_ok()
            .then(|| Seat(self.0.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_once_dropped() {
        let gauge = Gauge::default();
        let seats = [gauge.take(2), gauge.take(2)];
        assert!(seats.iter().all(Option::is_some));
        assert!(gauge.take(2).is_none());
        drop(seats);
        assert!(gauge.take(1).is_some());
    }
}
