//! Moving what was committed from the log into the file, off the writer's path.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;

use super::connection::{Purpose, open};
use crate::StoreError;

/// Plans between two checkpoints; one that sends writes three to four pages.
const PLANS_BETWEEN: usize = 1_000;

/// A log of this many pages (64 MiB) is worth a pause: under steady load a checkpoint beside the writer never
/// catches up, so the log would grow for ever.
const LONG_LOG_PAGES: i64 = 16_384;

pub(crate) struct Checkpointer {
    wake: SyncSender<()>,
    log_pages: Arc<AtomicI64>,
    plans: usize,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = open(path, Purpose::Checkpoint)?;
        let (wake, woken) = sync_channel(1);
        let log_pages = Arc::new(AtomicI64::new(0));
        let seen = Arc::clone(&log_pages);
        let thread = std::thread::Builder::new()
            .name("sqlite-checkpoint".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    note(&seen, checkpoint(&connection));
                }
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread for checkpoints: {error}")))?;
        Ok(Self { wake, log_pages, plans: 0, thread })
    }

    /// Called by the writer between two of its transactions.
    pub(crate) fn committed(&mut self, plans: usize, writer: &Connection) {
        self.plans += plans;
        if self.plans < PLANS_BETWEEN {
            return;
        }
        self.plans = 0;
        if self.log_pages.load(Ordering::Relaxed) > LONG_LOG_PAGES {
            // Nobody writes meanwhile, so this one is complete and the next commit starts the log anew.
            note(&self.log_pages, checkpoint(writer));
        } else {
            // Full means that it is at work already.
            let _ = self.wake.try_send(());
        }
    }

    pub(crate) fn close(self) {
        drop(self.wake);
        let _ = self.thread.join();
    }
}

/// Keeps what the last checkpoint that ran left in the log.
fn note(log_pages: &AtomicI64, left: Option<i64>) {
    if let Some(pages) = left {
        log_pages.store(pages, Ordering::Relaxed);
    }
}

/// One passive checkpoint; the pages that stay in the log. `None` if another one is at work, or it failed.
fn checkpoint(connection: &Connection) -> Option<i64> {
    let left = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        let (busy, log, done): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((!busy).then_some(if log == done { 0 } else { log }))
    });
    left.unwrap_or_else(|error| {
        tracing::warn!(%error, "a checkpoint failed; the log grows until one succeeds");
        None
    })
}
