//! A whole system in one thread, under one seed: clients, a node and its death, the database, the network, time.
//!
//! What runs is what ships: the service with its lanes, the sequencer, the publisher, the edge of Socket.IO and the
//! transport with its session machine and recovery. Replaced are the database's threads and disk
//! ([`store::SimulatedDatabase`]), the network ([`socketio::simulation`]), clock and randomness. The checker that judges
//! real processes judges here too.

mod chance;
mod client;
mod clock;
mod elsewhere;
mod link;
mod node;
mod plan;
mod record;
mod weather;
mod wire;
mod world;

/// What a seed came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub seed: u64,
    /// A hash of everything that happened, in its order.
    pub trace: u64,
    /// Promises that were broken; empty when all were kept.
    pub findings: Vec<String>,
    /// Messages that were stored.
    pub messages: usize,
    /// Sessions that were taken up again.
    pub recoveries: u64,
}

/// Runs a seed. `is_loud`: prints everything as it happens.
///
/// # Errors
/// When the simulation itself cannot be carried out.
pub fn run(seed: u64, is_loud: bool) -> Result<Report, String> {
    world::run(seed, is_loud)
}
