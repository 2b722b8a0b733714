//! Judges the promises of Parlor from outside: what clients asked for and were told, against what the database holds.
//!
//! A test records a [`History`] while it breaks things, reads a [`Dump`] when all is quiet, and asks [`check`]. Nothing
//! here knows how Parlor works or does any I/O, so that it cannot share a mistake with what it judges. What it finds
//! is proven in `tests/mutants.rs`, where good histories are spoilt in one place each.

mod allocation;
mod dump;
mod durability;
mod history;
mod identity;
mod order;
mod verdict;
mod view;

pub use dump::{Conversation, Dump, Member, Row, User};
pub use history::{Entry, History, Message, Synced, What};
pub use verdict::{Promise, Violation};

/// Everything in which history and database break a promise; empty when all are kept.
#[must_use]
pub fn check(history: &History, dump: &Dump) -> Vec<Violation> {
    let mut found = Vec::new();
    allocation::check(dump, &mut found);
    identity::check(history, dump, &mut found);
    durability::check(history, dump, &mut found);
    order::check(history, dump, &mut found);
    view::check(history, dump, &mut found);
    found
}
