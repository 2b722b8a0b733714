//! The embedded engine: one writer that commits in groups, readers beside it, a checkpointer off its path.

mod apply;
mod backup;
mod checkpoint;
mod connection;
mod details;
mod hidden;
mod mentions;
mod migrate;
mod own_state;
mod pregrow;
mod privacy;
mod readers;
mod receipts;
mod restore;
mod simulated;
mod updates;
mod writer;

use std::path::Path;

pub(crate) use apply::STATEMENTS;
pub(crate) use backup::{back_up, faults};
pub(crate) use migrate::{migrate, renew_epoch, status};
pub(crate) use privacy::STATEMENTS as PRIVACY_STATEMENTS;
use readers::Readers;
pub use restore::Restored;
pub(crate) use restore::restore;
pub(crate) use simulated::Simulated;
pub use simulated::{Operation, SimulatedDatabase, Weather};
use writer::Writer;

use crate::{
    StoreError,
    read::{Read, Reading},
};

/// The engine's threads.
pub(crate) struct Sqlite {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
}

/// Runs a query of many statements on a connection of its own.
pub(crate) fn in_snapshot_of<T, F>(path: &Path, query: F) -> Result<T, StoreError>
where
    F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T>,
{
    let mut read = Read::Sqlite(connection::open(path, connection::Purpose::Read)?);
    readers::in_snapshot(&mut read, query)
}

impl Sqlite {
    /// Opens a migrated file.
    pub(crate) fn open(path: &Path, readers: usize) -> Result<Self, StoreError> {
        let writer = Writer::start(path)?;
        let readers = Readers::start(path, readers)?;
        Ok(Self { writer, readers })
    }

    /// Waits until every thread has ended and the write-ahead log is in the file.
    pub(crate) fn close(&self) {
        self.readers.close();
        self.writer.close();
    }
}
