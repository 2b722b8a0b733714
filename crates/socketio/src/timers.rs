//! One wheel of deadlines per shard, so that a connection has no timer of its own.

/// Milliseconds since the shard started.
pub(crate) type Millis = u64;

/// Later than any deadline.
pub(crate) const NEVER: Millis = Millis::MAX;

const SLOTS: usize = 1024;
const SLOT_MS: Millis = 4;
/// A slot that once held many entries gives its memory back.
const KEPT_CAPACITY: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    pub(crate) key: usize,
    pub(crate) deadline: Millis,
}

/// A hashed wheel. Entries are never cancelled: who is called too early looks at its own deadline.
pub(crate) struct Wheel {
    slots: Vec<Vec<Entry>>,
    occupied: [u64; SLOTS / 64],
    /// The first slot (counted from the start of time) that has not been passed.
    position: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { slots: vec![Vec::new(); SLOTS], occupied: [0; SLOTS / 64], position: 0 }
    }

    pub(crate) fn insert(&mut self, entry: Entry) {
        let slot = (entry.deadline / SLOT_MS).max(self.position) as usize % SLOTS;
        self.slots[slot].push(entry);
        self.occupied[slot / 64] |= 1 << (slot % 64);
    }

    /// Moves every entry that is due at `now` into `due`.
    pub(crate) fn advance(&mut self, now: Millis, due: &mut Vec<Entry>) {
        let current = now / SLOT_MS;
        let behind = (current - self.position.min(current)).min(SLOTS as u64 - 1);
        for position in current - behind..=current {
            let slot = position as usize % SLOTS;
            if self.occupied[slot / 64] & (1 << (slot % 64)) == 0 {
                continue;
            }
            let entries = &mut self.slots[slot];
            entries.retain(|entry| {
                if entry.deadline <= now {
                    due.push(*entry);
                }
                entry.deadline > now
            });
            if entries.is_empty() {
                self.occupied[slot / 64] &= !(1 << (slot % 64));
                if entries.capacity() > KEPT_CAPACITY {
                    *entries = Vec::new();
                }
            }
        }
        self.position = self.position.max(current);
    }

    /// When to call [`Wheel::advance`] again: the next slot that holds anything.
    pub(crate) fn next_wake(&self, now: Millis) -> Option<Millis> {
        // From the first slot that was not passed, not from `now`: a slot that is overdue must not wait a whole turn.
        (0..SLOTS as u64).map(|ahead| self.position + ahead).find_map(|position| {
            let slot = position as usize % SLOTS;
            (self.occupied[slot / 64] & (1 << (slot % 64)) != 0).then(|| {
                let first = self.slots[slot].iter().map(|entry| entry.deadline).min().unwrap_or(0);
                first.clamp(position * SLOT_MS, (position + 1) * SLOT_MS).max(now + 1)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_wheel_sleeps() {
        assert_eq!(Wheel::new().next_wake(123), None);
    }

    #[test]
    fn what_is_overdue_comes_at_once() {
        let mut wheel = Wheel::new();
        wheel.insert(Entry { key: 1, deadline: 100 });
        wheel.insert(Entry { key: 2, deadline: 900 });
        assert_eq!(
            [wheel.next_wake(0), wheel.next_wake(100), wheel.next_wake(500)],
            [100, 101, 501].map(Some)
        );
        let mut due = Vec::new();
        wheel.advance(501, &mut due);
        assert_eq!((due.len(), wheel.next_wake(501)), (1, Some(900)));
    }

    proptest! {
        #[test]
        fn every_entry_comes_once_and_never_early(deadlines in proptest::collection::vec(0..60_000_u64, 1..50)) {
            let mut wheel = Wheel::new();
            for (key, deadline) in deadlines.iter().enumerate() {
                wheel.insert(Entry { key, deadline: *deadline });
            }
            let (mut now, mut seen) = (0, vec![false; deadlines.len()]);
            while let Some(wake) = wheel.next_wake(now) {
                prop_assert!(wake > now);
                now = wake;
                let mut due = Vec::new();
                wheel.advance(now, &mut due);
                for entry in due {
                    prop_assert!(entry.deadline <= now && now <= entry.deadline + SLOT_MS);
                    prop_assert!(!std::mem::replace(&mut seen[entry.key], true));
                }
            }
            prop_assert!(seen.iter().all(|seen| *seen));
        }

        #[test]
        fn late_advances_catch_up(deadline in 0..100_000_u64, late in 0..100_000_u64) {
            let mut wheel = Wheel::new();
            wheel.insert(Entry { key: 1, deadline });
            let mut due = Vec::new();
            wheel.advance(deadline + late, &mut due);
            prop_assert_eq!(due.len(), 1);
        }
    }
}
