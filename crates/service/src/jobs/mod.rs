//! Work in the background, which no caller waits for: effects of the [`outbox`], and named [`schedules`].
//!
//! Everything here may run on several nodes at once. What one of them does it holds under a *lease*: a number that is
//! new at each taking, until a moment. A node that stood still for longer than its lease finds, when it goes on, that
//! it no longer may.

pub mod counting;
pub mod outbox;
pub mod runner;
pub mod schedules;
pub mod trimming;

use chat::{Environment, Timestamp};
use store::Lease;

/// How long one turn of work may take before another node does it.
pub const LEASE_MS: i64 = 60_000;

fn new_lease(environment: &dyn Environment, owner: &str, now: Timestamp) -> Lease {
    Lease { id: environment.new_uuid(), owner: owner.to_owned(), until: Timestamp(now.0 + LEASE_MS) }
}
