//! Opening a file with the settings that the promises rest on.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, functions::FunctionFlags};

use crate::{Engine, StoreError, error::too_old_server};

/// Compiled in, so this only fails when somebody links another SQLite: before 3.51.3 a WAL reset could lose commits.
const MIN_VERSION: i32 = 3_051_003;

/// How long a statement waits for another process (`parlor migrate`, a backup) before it gives up.
const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Statements that a connection keeps prepared: more than there are.
pub(crate) const CACHED_STATEMENTS: usize = 128;

/// The bits that `{bits x}` counts, see `dialect.rs`.
const LOWEST_32: i64 = 0xffff_ffff;

/// `PRAGMA synchronous` of FULL: a commit is in the log on disk before it is answered.
const SYNCHRONOUS_FULL: i64 = 2;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Write,
    Checkpoint,
    Read,
}

/// Opens a file, creating it if it is not there.
pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < MIN_VERSION {
        return Err(too_old_server(Engine::Sqlite, rusqlite::version(), "3.51.3"));
    }
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| {
        StoreError::Config(format!("the SQLite file {} cannot be opened: {error}", path.display()))
    })?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS.into()))?;
    let journal: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if journal != "wal" {
        return Err(StoreError::Config(format!(
            "the SQLite file {} cannot use a write-ahead log (journal mode {journal}); put it on a local disk",
            path.display()
        )));
    }
    add_functions(&connection)?;
    // Checkpoints are the checkpointer's: one inside a commit would stall everybody who waits for it. The log is
    // never cut, since overwriting a log that has its size syncs two to three times faster than growing one.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;",
    )?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    if synchronous != SYNCHRONOUS_FULL {
        return Err(StoreError::Config(format!("SQLite answers synchronous = {synchronous}, not FULL (2)")));
    }
    if purpose == Purpose::Read {
        connection.execute_batch("PRAGMA query_only = ON")?;
    }
    Ok(connection)
}

/// Gives a connection what PostgreSQL has already and our texts use.
pub(super) fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function("bit_count", 1, flags, |call| {
        Ok(i64::from((call.get::<i64>(0)? & LOWEST_32).count_ones()))
    })
}
