//! Numbers that look random and are the same for the same seed (SplitMix64, as its authors publish it).

use uuid::{Builder, Uuid};

/// Where a seed's choices come from.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to, and without, 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From 0 up to, and without, `bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    /// As [`below`](Self::below), and small numbers come much oftener: each of the first hundredth ten times as often as
    /// the average.
    pub(super) fn favouring(&mut self, bound: usize) -> usize {
        let unit = self.unit();
        ((unit * unit * bound as f64) as usize).min(bound.saturating_sub(1))
    }

    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A UUIDv7 of this time.
    pub(super) fn uuid(&mut self, millis: i64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.next().to_le_bytes());
        random[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = |seed| {
            let mut chance = Chance::new(seed);
            (chance.below(1000), chance.favouring(1000), chance.uuid(5))
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut chance = Chance::new(7);
        for bound in 1..200 {
            assert!(chance.below(bound) < bound);
            assert!(chance.favouring(bound) < bound);
        }
        assert_eq!((chance.below(0), chance.favouring(0)), (0, 0));
    }
}
