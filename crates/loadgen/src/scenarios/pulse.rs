//! A room where one message goes round at fixed times, each with its number, so that every delivery is timed.

use std::time::{Duration, Instant};

use crate::stats::Latencies;

/// Digits of the number in front of the text.
const DIGITS: usize = 8;
/// What comes before them in the event.
const HEAD: &[u8] = b"[\"message\",\"";

#[derive(Debug)]
pub(super) struct Pulse {
    interval: Duration,
    padding: String,
    /// When each message was meant to go.
    due: Vec<Instant>,
    next: Instant,
    /// Of deliveries since the last [`Pulse::take`].
    latencies: Latencies,
}

impl Pulse {
    pub(super) fn new(rate: u32, payload: usize) -> Self {
        let padding = "x".repeat(payload.saturating_sub(DIGITS));
        let interval = Duration::from_secs(1) / rate.max(1);
        Self { interval, padding, due: Vec::new(), next: Instant::now(), latencies: Latencies::default() }
    }

    /// From now on, so that what went before leaves no arrears.
    pub(super) fn start(&mut self) {
        self.next = Instant::now();
    }

    /// The next packet, if its time has come.
    pub(super) fn beat(&mut self) -> Option<Vec<u8>> {
        if Instant::now() < self.next {
            return None;
        }
        let packet = format!("42[\"message\",\"{:0DIGITS$}{}\"]", self.due.len(), self.padding).into_bytes();
        self.due.push(self.next);
        self.next += self.interval;
        Some(packet)
    }

    /// How long until then.
    pub(super) fn pause(&self) -> Duration {
        self.next.saturating_duration_since(Instant::now())
    }

    pub(super) fn sent(&self) -> usize {
        self.due.len()
    }

    /// Takes the time of a delivery. Counts from when the message was meant to go, so that a stall cannot hide.
    pub(super) fn heard(&mut self, json: &[u8]) {
        let digits = json.strip_prefix(HEAD).and_then(|text| text.get(..DIGITS)).unwrap_or_default();
        let number =
            digits.iter().fold(0, |number, digit| number * 10 + usize::from(digit.wrapping_sub(b'0')));
        if let Some(due) = self.due.get(number).filter(|_| !digits.is_empty()) {
            self.latencies.add(due.elapsed());
        }
    }

    /// What was timed so far; then a new count.
    pub(super) fn take(&mut self) -> Latencies {
        std::mem::take(&mut self.latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_number() {
        let mut pulse = Pulse::new(1000, 20);
        let packet = pulse.beat().unwrap();
        assert_eq!(packet.len(), b"42[\"message\",\"\"]".len() + 20);
        pulse.heard(&packet[2..]);
        pulse.heard(b"[\"message\",\"other\"]");
        assert_eq!(pulse.take().summary().count, 1);
        assert_eq!(pulse.take().summary().count, 0);
    }
}
