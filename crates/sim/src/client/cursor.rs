//! How far a numbered stream was followed without a gap.

use std::collections::BTreeMap;

/// How a change fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Next,
    Repeated,
    Gap,
}

/// Where a client is in a stream.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    rev: i64,
    /// Changes beyond a gap: from which number to which.
    ahead: BTreeMap<i64, i64>,
}

impl Cursor {
    pub(super) fn at(rev: i64) -> Self {
        Self { rev, ahead: BTreeMap::new() }
    }

    pub(super) fn rev(&self) -> i64 {
        self.rev
    }

    pub(super) fn has_gap(&self) -> bool {
        !self.ahead.is_empty()
    }

    pub(super) fn observe(&mut self, prev: i64, rev: i64) -> Fit {
        if rev <= self.rev {
            return Fit::Repeated;
        }
        self.ahead.insert(prev, rev);
        self.follow();
        if self.rev >= rev { Fit::Next } else { Fit::Gap }
    }

    /// The state as of `rev` is held now.
    pub(super) fn advance_to(&mut self, rev: i64) {
        self.rev = self.rev.max(rev);
        self.follow();
    }

    fn follow(&mut self) {
        while let Some(next) = self.ahead.remove(&self.rev) {
            self.rev = next;
        }
        self.ahead.retain(|_, rev| *rev > self.rev);
    }
}
