//! What a check finds.

use std::fmt;

/// A promise of Parlor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Promise {
    /// Order: 1..n, growing for each client, and in real time.
    G1,
    /// What was acknowledged or told is stored; what was refused is not.
    G2,
    /// A message id is stored once, with the content that it was first sent with.
    G3,
    /// No number is left out.
    G4,
    /// What a client was told, put together, is what a fresh look shows.
    G6,
}

/// A broken promise, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// What is wrong, with ids and numbers.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.promise, self.what)
    }
}

/// Notes a violation.
pub(crate) fn broken(found: &mut Vec<Violation>, promise: Promise, what: String) {
    found.push(Violation { promise, what });
}
