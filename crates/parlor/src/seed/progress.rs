//! How far a seed is, once a second, on standard error.

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_secs(1);

/// Where nobody watches, a line now and then will do.
const EVERY_IN_A_LOG: Duration = Duration::from_secs(10);

/// Tells of one stage: how many of how many, how fast, and how long it will take.
pub(super) struct Progress {
    quiet: bool,
    what: &'static str,
    total: u64,
    done: u64,
    started: Instant,
    told: Instant,
}

impl Progress {
    pub(super) fn of(what: &'static str, total: u64, quiet: bool) -> Self {
        let now = Instant::now();
        Self { quiet, what, total, done: 0, started: now, told: now }
    }

    pub(super) fn add(&mut self, count: u64) {
        self.done += count;
        let terminal = std::io::stderr().is_terminal();
        if !self.quiet && self.told.elapsed() >= (if terminal { EVERY } else { EVERY_IN_A_LOG }) {
            self.told = Instant::now();
            let line = line(self.what, self.done, self.total, self.started.elapsed());
            // Nobody may be reading.
            let _ = match terminal {
                true => write!(std::io::stderr(), "\r{line}\x1b[K"),
                false => writeln!(std::io::stderr(), "{line}"),
            };
        }
    }

    pub(super) fn finish(self) {
        if self.quiet || self.done == 0 {
            return;
        }
        let took = self.started.elapsed().as_secs_f64();
        let (start, rate) =
            (if std::io::stderr().is_terminal() { "\r" } else { "" }, self.done as f64 / took.max(0.001));
        let end = if start.is_empty() { "" } else { "\x1b[K" };
        let _ = writeln!(
            std::io::stderr(),
            "{start}{} {} in {took:.1} s, {rate:.0}/s{end}",
            self.done,
            self.what
        );
    }
}

fn line(what: &str, done: u64, total: u64, took: Duration) -> String {
    let rate = done as f64 / took.as_secs_f64().max(0.001);
    let left = (total.saturating_sub(done)) as f64 / rate.max(0.001);
    let percent = (done * 100).checked_div(total).unwrap_or(100);
    format!("{done} of {total} {what} ({percent} %), {rate:.0}/s, {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_rate_share_and_what_is_left() {
        let line = line("messages", 2500, 10_000, Duration::from_secs(5));
        assert_eq!(line, "2500 of 10000 messages (25 %), 500/s, 15 s left");
    }
}
