//! One server per database: a lock that PostgreSQL keeps as long as a connection lives.
//!
//! Servers that share a database without a bus hear of each other's messages only by gaps, so the second is refused.

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tokio_postgres::{Client, Config, error::SqlState};

use super::connection::open;
use crate::StoreError;

/// "parlor", as a number; PostgreSQL keeps such locks apart by database.
const LOCK: i64 = 0x70_61_72_6c_6f_72;

/// Between attempts to take the lock again after its connection broke.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How often the connection is asked whether it is alive, and how long it may take to say so: one that was cut without
/// a word would seem to hold the lock for hours.
const PROBE: Duration = Duration::from_secs(10);

/// Ends our own session of before, in case PostgreSQL has not noticed yet that it broke; waits until it has ended.
const END_SESSION: &str = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity \
     WHERE pid = $1 AND backend_start::text = $2";

/// The lock; it is given back when this is dropped.
pub(super) struct Alone {
    task: JoinHandle<()>,
    taken_over: watch::Receiver<bool>,
}

impl Alone {
    /// Takes the lock, waiting a while for a server that is just stopping, or died and was not noticed yet. When its
    /// connection breaks, it is taken again; if another server was faster, that is told.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another server has it.
    pub(super) async fn take(config: &Config, wait: Duration) -> Result<Self, StoreError> {
        let held = lock(config, wait, None).await?;
        let (tell, taken_over) = watch::channel(false);
        let config = config.clone();
        let task = tokio::spawn(async move {
            keep(held, &config, wait).await;
            tracing::error!("another Parlor took the database over; nothing is written here any more");
            tell.send_replace(true);
        });
        Ok(Self { task, taken_over })
    }

    /// Whether another server has the database.
    pub(super) fn is_taken_over(&self) -> bool {
        *self.taken_over.borrow()
    }

    /// Waits until another server has the database; for ever, if none takes it.
    pub(super) async fn taken_over(&self) {
        if self.taken_over.clone().wait_for(|taken| *taken).await.is_err() {
            std::future::pending::<()>().await;
        }
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

/// Holds the lock for as long as nobody else has it.
async fn keep(mut held: Held, config: &Config, wait: Duration) {
    loop {
        held.ended().await;
        tracing::warn!("the connection that keeps other servers away broke");
        let before = held.session.clone();
        drop(held);
        held = loop {
            match lock(config, wait, Some(&before)).await {
                Ok(again) => break again,
                Err(StoreError::InUse(_)) => return,
                Err(error) => tracing::debug!(%error, "the lock of the database is not back yet"),
            }
            tokio::time::sleep(AGAIN_AFTER).await;
        };
        tracing::info!("other servers are kept away again");
    }
}

/// A connection that has the lock.
struct Held {
    client: Client,
    connection: JoinHandle<()>,
    session: Session,
}

/// What tells a session from all others, before and after it.
#[derive(Clone)]
struct Session {
    pid: i32,
    started: String,
}

impl Held {
    /// Waits until the connection, and the lock with it, is gone.
    async fn ended(&mut self) {
        loop {
            tokio::select! {
                _ = &mut self.connection => return,
                () = tokio::time::sleep(PROBE) => {}
            }
            if !matches!(timeout(PROBE, self.client.batch_execute("")).await, Ok(Ok(()))) {
                return;
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

async fn lock(config: &Config, wait: Duration, before: Option<&Session>) -> Result<Held, StoreError> {
    let (client, connection) = open(config).await?;
    let own = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    let row = client.query_one(own, &[]).await?;
    let session = Session { pid: row.try_get(0)?, started: row.try_get(1)? };
    let held = Held { client, connection, session };
    let client = &held.client;
    if let Some(Session { pid, started }) = before {
        client.query(END_SESSION, &[pid, started]).await?;
    }
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
