//! What can go wrong with a database, by what the caller can do about it.

use std::fmt::Display;

use crate::Engine;

/// Why the store could not do it. Never holds a password or what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is busy or broke off. Try again; whether a commit happened is unknown.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database answered, but not with what it must hold.
    #[error("the database holds what it must not: {0}")]
    Corrupt(String),
    /// The database refused something of ours: a fault in Parlor.
    #[error("the database refused: {0}")]
    Internal(String),
    /// The database was migrated by a newer Parlor.
    #[error(
        "the database has schema {found}, this Parlor knows {known} at most; run the newer Parlor that migrated it, \
         or restore a backup from before"
    )]
    SchemaTooNew {
        /// The newest migration in the database.
        found: i64,
        /// The newest migration in this program.
        known: i64,
    },
    /// The database waits for migrations.
    #[error("the database has schema {found}, this Parlor needs {known}; run `parlor migrate up`")]
    SchemaTooOld {
        /// The newest migration in the database; 0 for an empty one.
        found: i64,
        /// The newest migration in this program.
        known: i64,
    },
    /// Another server has the database.
    #[error("{0}")]
    InUse(String),
    /// The address or a setting is wrong; trying again does not help.
    #[error("{0}")]
    Config(String),
}

impl StoreError {
    pub(crate) fn closed() -> Self {
        Self::Unavailable("the store is closed".into())
    }

    pub(crate) fn column(index: usize, problem: impl Display) -> Self {
        Self::Corrupt(format!("column {index}: {problem}"))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, FileLockingProtocolFailed,
            NotADatabase, OperationInterrupted, OutOfMemory, PermissionDenied, ReadOnly, SystemIoFailure,
        };
        // SQLite's own texts name tables and columns, never values.
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(
                DatabaseBusy
                | DatabaseLocked
                | DiskFull
                | SystemIoFailure
                | OutOfMemory
                | OperationInterrupted
                | FileLockingProtocolFailed
                | CannotOpen
                | PermissionDenied
                | ReadOnly,
            ) => Self::Unavailable(text),
            Some(DatabaseCorrupt | NotADatabase) => Self::Corrupt(text),
            _ => Self::Internal(text),
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            // Without an answer of the server it is the connection, or a value that does not fit its type.
            return if error.is_closed()
                || std::error::Error::source(&error).is_some_and(|e| e.is::<std::io::Error>())
            {
                Self::Unavailable(with_cause(&error))
            } else {
                Self::Internal(with_cause(&error))
            };
        };
        // The detail of an answer may quote rows; code and message do not.
        let text = format!("{} ({})", answer.message(), answer.code().code());
        match answer.code().code().get(..2).unwrap_or_default() {
            // Connection, transaction to be repeated, resources, operator intervention (a restart), system error.
            "08" | "25" | "40" | "53" | "55" | "57" | "58" => Self::Unavailable(text),
            // A wrong user or password, a database that does not exist.
            "28" | "3D" => Self::Config(text),
            "XX" => Self::Corrupt(text),
            _ => Self::Internal(text),
        }
    }
}

fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Says which engine a message is about.
pub(crate) fn too_old_server(engine: Engine, found: &str, needed: &str) -> StoreError {
    StoreError::Config(format!("{engine} {found} is too old; Parlor needs {needed} or newer"))
}
