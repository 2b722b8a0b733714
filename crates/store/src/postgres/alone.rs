//! One server per database: a lock that PostgreSQL keeps as long as a connection lives.
//!
//! Servers that share a database without a bus hear of each other's messages only by gaps, so the second is refused.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::{Config, error::SqlState};

use super::connection::open;
use crate::StoreError;

/// "parlor", as a number; PostgreSQL keeps such locks apart by database.
const LOCK: i64 = 0x70_61_72_6c_6f_72;

/// Between attempts to take the lock again after its connection broke.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The lock; it is given back when this is dropped.
pub(super) struct Alone {
    task: JoinHandle<()>,
}

impl Alone {
    /// Takes the lock, waiting a while for a server that is just stopping, or died and was not noticed yet.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another server has it.
    pub(super) async fn take(config: &Config, wait: Duration) -> Result<Self, StoreError> {
        let mut held = lock(config, wait).await?;
        let config = config.clone();
        let task = tokio::spawn(async move {
            loop {
                // Ends with the connection, and the lock with it.
                held.ended().await;
                held = loop {
                    match lock(&config, wait).await {
                        Ok(again) => break again,
                        Err(StoreError::InUse(why)) => tracing::error!(why, "the database was taken over"),
                        Err(error) => tracing::debug!(%error, "the lock of the database is not back yet"),
                    }
                    tokio::time::sleep(AGAIN_AFTER).await;
                };
            }
        });
        Ok(Self { task })
    }

    /// Gives the lock back.
    pub(super) fn release(&self) {
        self.task.abort();
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.release();
    }
}

/// A connection that has the lock.
struct Held {
    client: tokio_postgres::Client,
    connection: JoinHandle<()>,
}

impl Held {
    async fn ended(&mut self) {
        let _ = (&mut self.connection).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

async fn lock(config: &Config, wait: Duration) -> Result<Held, StoreError> {
    let (client, connection) = open(config).await?;
    let held = Held { client, connection };
    let client = &held.client;
    client.batch_execute(&format!("SET lock_timeout = {}", wait.as_millis().max(1))).await?;
    match client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await {
        Ok(_) => Ok(held),
        Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Err(StoreError::InUse(
            "another Parlor serves this database, and without a bus two would not hear of each other; stop that one, \
             or give this one a database of its own"
                .into(),
        )),
        Err(error) => Err(error.into()),
    }
}
