//! What the database does to a node: it takes its time, fails, loses answers. And the end of a node: what it asked
//! for and what was not carried out yet never is.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::BoxFuture;
use store::{Operation, StoreError, Weather};

use crate::{chance::Chance, plan::Faults, record::Record};

/// One node's.
pub(crate) struct Skies {
    chance: Chance,
    faults: Faults,
    record: Record,
    /// Shared by all nodes: faults are over.
    calm: Arc<AtomicBool>,
    is_dead: AtomicBool,
}

impl Skies {
    pub(crate) fn new(chance: Chance, faults: Faults, record: Record, calm: Arc<AtomicBool>) -> Self {
        Self { chance, faults, record, calm, is_dead: AtomicBool::new(false) }
    }

    /// Nobody of this node is answered any more.
    pub(crate) fn kill(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
    }

    /// Mostly a moment, at times longer than the sequencer waits for a change.
    async fn pass(&self) {
        let longest = if self.chance.happens(self.faults.slow) { 200 } else { 4 };
        let delay = self.chance.millis(0..longest);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if self.is_dead.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    fn strike(&self, operation: Operation, per_mille: u64, what: &str) -> Result<(), StoreError> {
        if self.calm.load(Ordering::Relaxed) || !self.chance.happens(per_mille) {
            return Ok(());
        }
        self.record.trace(format_args!("{what} {operation:?}"));
        Err(StoreError::Unavailable(format!("simulated: {what}")))
    }
}

/// No weather at all, for those who are not to be disturbed.
pub(crate) struct Calm;

impl Weather for Calm {
    fn before(&self, _: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn after(&self, _: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Weather for Skies {
    fn before(&self, operation: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.pass().await;
            let refused = match operation {
                Operation::Read => self.faults.reads_failed,
                Operation::Commit | Operation::ReserveKeys | Operation::Job => self.faults.commits_refused,
            };
            self.strike(operation, refused, "refused")
        })
    }

    fn after(&self, operation: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.record.trace(format_args!("carried out {operation:?}"));
            self.pass().await;
            match operation {
                Operation::Read => Ok(()),
                _ => self.strike(operation, self.faults.answers_lost, "answer lost"),
            }
        })
    }
}
