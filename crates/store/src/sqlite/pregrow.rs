//! A log that has its size before it is written to.
//!
//! A sync of bytes that overwrite others is two to three times faster than one that makes the file longer, since the
//! file system has nothing of its own to write. SQLite never cuts a log while it is open, and starts it anew once a
//! checkpoint is complete; so only the way up is slow, and this goes it at the start.

use std::{
    fs::OpenOptions,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::StoreError;

/// What is written between two checkpoints of a store that is not in a hurry.
pub(super) const LOG_BYTES: u64 = 16 << 20;

const CHUNK: usize = 1 << 20;

/// Fills the log with zeros up to [`LOG_BYTES`]. SQLite takes what stands behind its last frame for nothing.
///
/// # Errors
/// When the log cannot be locked against writers. A disk that has no room for it is no error: the log then grows as it
/// is written, if at all.
pub(super) fn pregrow(connection: &Connection, database: &Path) -> Result<(), StoreError> {
    // Nobody appends to the log meanwhile, not even another process.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let log = log_of(database);
    if let Err(error) = fill(&log, LOG_BYTES) {
        tracing::warn!(%error, log = %log.display(), "the log could not be given its size");
    }
    connection.execute_batch("ROLLBACK")?;
    Ok(())
}

/// SQLite's name for it.
fn log_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn fill(log: &Path, bytes: u64) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).open(log)?;
    let before = file.seek(SeekFrom::End(0))?;
    // Written, not only allocated: blocks that were never written would cost the file system as much later.
    let zeros = vec![0; CHUNK];
    let mut missing = bytes.saturating_sub(before);
    while missing > 0 {
        let some = missing.min(CHUNK as u64);
        let written = file.write_all(&zeros[..some as usize]).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // A disk that is full needs its room for what people write.
            file.set_len(before)?;
            return Err(error);
        }
        missing -= some;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::connection::{Purpose, open};

    /// A log as a crash leaves it: frames, and nobody who closed it.
    #[test]
    fn a_log_keeps_its_frames_and_has_its_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("parlor.db");
        let writer = open(&path, Purpose::Write).unwrap();
        writer.execute_batch("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)").unwrap();
        pregrow(&writer, &path).unwrap();
        assert_eq!(std::fs::metadata(log_of(&path)).unwrap().len(), LOG_BYTES);
        writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
        assert_eq!(std::fs::metadata(log_of(&path)).unwrap().len(), LOG_BYTES, "it is overwritten");

        let copy = dir.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(log_of(&path), log_of(&copy)).unwrap();
        let recovered = open(&copy, Purpose::Write).unwrap();
        let rows: i64 = recovered.query_row("SELECT sum(x) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 3);
        let whole: String = recovered.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok");
        pregrow(&recovered, &copy).unwrap();
        recovered.execute_batch("INSERT INTO t VALUES (4)").unwrap();
        let rows: i64 = recovered.query_row("SELECT sum(x) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 7);
    }
}
