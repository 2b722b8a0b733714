//! Percentiles.

use std::time::Duration;

use serde::Serialize;

/// Every latency of a run: a few hundred thousand at most, so they are kept and sorted rather than estimated.
#[derive(Debug, Default)]
pub(crate) struct Latencies {
    taken: Vec<Duration>,
}

/// What is told about them, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
}

impl Latencies {
    pub(crate) fn add(&mut self, latency: Duration) {
        self.taken.push(latency);
    }

    /// Both together.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.taken.extend_from_slice(&other.taken);
        self
    }

    pub(crate) fn summary(mut self) -> Summary {
        self.taken.sort_unstable();
        Summary {
            count: self.taken.len(),
            p50_ms: self.rank(50),
            p90_ms: self.rank(90),
            p99_ms: self.rank(99),
            max_ms: self.rank(100),
        }
    }

    /// Nearest rank: the smallest latency that `percent` of all do not exceed.
    fn rank(&self, percent: usize) -> f64 {
        let rank = (self.taken.len() * percent).div_ceil(100).max(1);
        self.taken.get(rank - 1).map_or(0.0, |latency| round(latency.as_secs_f64() * 1e3))
    }
}

/// Three decimals: more would only pretend.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut latencies = Latencies::default();
        for ms in (1..=200).rev() {
            latencies.add(Duration::from_millis(ms));
        }
        let summary = latencies.summary();
        assert_eq!((summary.p50_ms, summary.p99_ms, summary.max_ms), (100.0, 198.0, 200.0));
    }

    #[test]
    fn nothing_measured_is_zero() {
        assert_eq!(Latencies::default().summary().p99_ms, 0.0);
    }
}
