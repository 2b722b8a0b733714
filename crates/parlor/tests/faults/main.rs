//! The real binary under many clients while processes are killed, stopped and starved; then the checker judges what
//! every client saw against what the database holds.
//!
//! `FAULTS=n` is how often each test breaks something; without it, a few times.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it must be"
)]

mod client;
mod crash;
mod diary;
mod full;
mod own_streams;
mod postgres;
mod power;
mod recorder;
mod restore;
mod swarm;

/// The program that is judged: `FAULTS_BIN` for another one than the one just built.
pub(crate) fn binary() -> std::path::PathBuf {
    let own = env!("CARGO_BIN_EXE_parlor").into();
    std::env::var_os("FAULTS_BIN").map_or(own, std::path::PathBuf::from)
}

/// How often to break something: `few`, or as the environment says, up to `full`.
pub(crate) fn times(few: u64, full: u64) -> u64 {
    let asked = std::env::var_os("FAULTS");
    asked.map_or(few, |asked| asked.to_str().unwrap().parse::<u64>().unwrap().min(full))
}

/// Numbers that look random and are the same in each run (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number from 0 up to `sides`, not included.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}
