//! The embedded engine without its threads, for simulations: the same statements and the same transactions, run by
//! whoever calls, on a database that outlives the stores that are opened on it.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::BoxFuture;
use rusqlite::Connection;

use super::{
    connection::{CACHED_STATEMENTS, Purpose, add_functions, open},
    migrate::migrate_empty,
    readers::in_snapshot,
    writer::commit_alone,
};
use crate::{
    StoreError,
    commit::Job,
    read::{Read, Reading, ready},
};

/// What a simulated store is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Plans of a lane.
    Commit,
    /// A block of keys.
    ReserveKeys,
    /// Statements of a job in the background.
    Job,
    /// A query.
    Read,
}

/// What lies between a simulated database and its callers: time, faults, the end of a process.
pub trait Weather: Send + Sync + 'static {
    /// Waited for before an operation is carried out. An error is the caller's answer, and nothing is done.
    fn before(&self, operation: Operation) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Waited for once an operation is carried out. An error is the caller's answer, whatever was done.
    fn after(&self, operation: Operation) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// A database without a server or threads of its own. Clones share it.
#[derive(Clone)]
pub struct SimulatedDatabase {
    connection: Arc<Mutex<Read>>,
}

impl SimulatedDatabase {
    /// A fresh one in memory. Two of them hold the same.
    ///
    /// # Errors
    /// [`StoreError::Internal`] when a migration fails.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory()?;
        add_functions(&connection)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        migrate_empty(&connection)?;
        connection.execute_batch("UPDATE epoch SET id = zeroblob(16)")?;
        Ok(Self::of(connection))
    }

    /// One in a migrated file, so that others can look into it.
    ///
    /// # Errors
    /// As [`Store::open`](crate::Store::open).
    pub fn in_file(path: &Path) -> Result<Self, StoreError> {
        Ok(Self::of(open(path, Purpose::Write)?))
    }

    fn of(connection: Connection) -> Self {
        Self { connection: Arc::new(Mutex::new(Read::Sqlite(connection))) }
    }

    /// Copies what is committed to a file that is not there yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn save(&self, target: &Path) -> Result<(), StoreError> {
        let target = target.to_string_lossy();
        self.with(|connection| {
            connection.execute("VACUUM INTO ?1", [target.as_ref()])?;
            Ok(())
        })?
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> Result<T, StoreError> {
        self.with_read(|read| match read {
            Read::Sqlite(connection) => Ok(work(connection)),
            Read::Postgres(_) => Err(StoreError::Internal("a simulated database is SQLite".into())),
        })
    }

    fn with_read<T>(&self, work: impl FnOnce(&mut Read) -> T) -> T {
        work(&mut self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A simulated database behind its weather.
pub(crate) struct Simulated {
    pub(crate) database: SimulatedDatabase,
    pub(crate) weather: Arc<dyn Weather>,
    pub(crate) lanes: usize,
}

impl Simulated {
    /// Carries a job out, in a transaction of its own.
    pub(crate) async fn write(&self, job: Job) -> Result<(), StoreError> {
        let operation = match &job {
            Job::Commit(..) => Operation::Commit,
            Job::ReserveKeys(..) => Operation::ReserveKeys,
            Job::Statements(..) => Operation::Job,
        };
        self.weather.before(operation).await?;
        self.database.with(|connection| commit_alone(connection, job))?;
        self.weather.after(operation).await
    }

    pub(crate) async fn read<T, F>(&self, snapshot: bool, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T> + Send + 'static,
    {
        self.weather.before(Operation::Read).await?;
        let answer = self.database.with_read(|read| match snapshot {
            true => in_snapshot(read, query),
            false => ready(query(read)),
        });
        self.weather.after(Operation::Read).await?;
        answer
    }
}
