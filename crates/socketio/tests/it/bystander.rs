//! Somebody else on the same server, who must notice nothing.

use crate::{client::Ws, server::TestServer};
use std::time::{Duration, Instant};

pub(crate) struct Bystander(Ws);

impl Bystander {
    pub(crate) fn of(server: &TestServer) -> Self {
        Self(Ws::connected(server.addr).0)
    }

    pub(crate) fn is_well(&mut self, after: &str) {
        let asked = Instant::now();
        self.0.echoes();
        // The promise is 100 ms; a loaded build machine gets more.
        assert!(asked.elapsed() < Duration::from_secs(2), "slow after {after}");
    }
}
