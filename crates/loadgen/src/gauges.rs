//! What the `gauges` example tells of itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Deserialize;

use crate::failure::Result;
use crate::rest;

/// Counters of the server.
#[derive(Debug, Deserialize)]
pub(crate) struct Gauges {
    /// Engine.IO connections that are open.
    pub(crate) connections: u64,
    /// What was refused or ended, by reason.
    pub(crate) refusals: BTreeMap<String, u64>,
}

impl Gauges {
    pub(crate) fn read(address: SocketAddr) -> Result<Self> {
        Ok(serde_json::from_slice(&rest::get(address, "/stats")?)?)
    }

    /// How often any of these was counted.
    pub(crate) fn refused(&self, reasons: &[&str]) -> u64 {
        reasons.iter().filter_map(|reason| self.refusals.get(*reason)).sum()
    }
}
