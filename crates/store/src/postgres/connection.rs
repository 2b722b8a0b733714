//! A connection that writes: opened with the settings that the promises rest on, its statements prepared.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::{join, join4, try_join4};
use tokio::task::JoinHandle;
use tokio_postgres::{
    Client, Config, NoTls, Row, Statement,
    error::{DbError, Severity},
    types::ToSql,
};

use super::statements::{APPLY_ANY, APPLY_SENDS, LOCK_CONVERSATIONS, LOCK_USERS};
use crate::{Engine, StoreError, error::too_old_server};

/// How long a server may take to accept a connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// PostgreSQL 14.
const MIN_VERSION: i64 = 140_000;

/// A batch is known in shape, so planning it again each time would only cost; and while a table is small (or seems
/// so, before it was analysed) a plan that reads it whole must not be kept for when it has grown.
const SETTINGS: &str = "SET synchronous_commit = on; SET plan_cache_mode = force_generic_plan; \
     SET enable_seqscan = off; SET jit = off; SET default_transaction_isolation = 'read committed'";

/// An open connection.
pub(crate) struct Session {
    client: Client,
    /// PostgreSQL said that it ends the connection; that it has done so is heard of later.
    ended: AtomicBool,
    task: JoinHandle<()>,
    lock_conversations: Statement,
    lock_users: Statement,
    apply_sends: Statement,
    apply_any: Statement,
}

/// What a statement that applies a batch is given.
pub(super) type Parameters<'a> = [&'a (dyn ToSql + Sync)];

impl Session {
    pub(super) async fn connect(config: &Config, timeout: Duration) -> Result<Self, StoreError> {
        tokio::time::timeout(timeout, Self::connect_unbounded(config)).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("no connection within {} ms", timeout.as_millis())))
        })
    }

    async fn connect_unbounded(config: &Config) -> Result<Self, StoreError> {
        let (client, task) = open(config).await?;
        client.batch_execute(SETTINGS).await?;
        check(&client).await?;
        let (lock_conversations, lock_users, apply_sends, apply_any) = try_join4(
            client.prepare(LOCK_CONVERSATIONS),
            client.prepare(LOCK_USERS),
            client.prepare(&APPLY_SENDS),
            client.prepare(&APPLY_ANY),
        )
        .await?;
        let ended = AtomicBool::new(false);
        Ok(Self { client, ended, task, lock_conversations, lock_users, apply_sends, apply_any })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends: one statement, which is its own transaction. It locks the conversations, numbers, writes and commits, and
    /// is answered once, so that a lone send waits for nothing else.
    pub(super) async fn commit_sends(
        &self,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let rows = self.client.query(&self.apply_sends, parameters).await;
        rows.inspect_err(|error| self.note(error))
    }

    /// Lock, apply, commit: sent together, so the batch costs one round trip. The apply statement starts after the
    /// locks are held and so sees what was committed while it waited for them.
    pub(super) async fn commit(
        &self,
        conversations: &Vec<i64>,
        users: &Vec<i64>,
        parameters: &Parameters<'_>,
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let lock_users = async {
            if users.is_empty() {
                return Ok(Vec::new());
            }
            self.client.query(&self.lock_users, &[users]).await
        };
        let keys: [&(dyn ToSql + Sync); 1] = [conversations];
        let locks = join(self.client.query(&self.lock_conversations, &keys), lock_users);
        let applied = self.client.query(&self.apply_any, parameters);
        // Polled in this order, so sent in this order.
        let (begun, (conversations, users), applied, committed) =
            join4(self.client.batch_execute("BEGIN"), locks, applied, self.client.batch_execute("COMMIT"))
                .await;
        // The first error is the cause; after it PostgreSQL turns COMMIT into a rollback and says nothing.
        let rows = begun.and(conversations).and(users).and(applied);
        rows.and_then(|rows| committed.map(|()| rows)).inspect_err(|error| self.note(error))
    }

    fn note(&self, error: &tokio_postgres::Error) {
        let severity = error.as_db_error().and_then(DbError::parsed_severity);
        if let Some(Severity::Fatal | Severity::Panic) = severity {
            self.ended.store(true, Ordering::Relaxed);
        }
    }

    /// Whether it can be used, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        !self.ended.load(Ordering::Relaxed) && !self.client.is_closed()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // An answer that did not come in time must not keep the connection, and so the locks, alive.
        self.task.abort();
    }
}

/// Connects, and lets a task of its own carry the bytes.
pub(super) async fn open(config: &Config) -> Result<(Client, JoinHandle<()>), StoreError> {
    let (client, connection) =
        config.connect(NoTls).await.map_err(|error| match StoreError::from(error) {
            StoreError::Internal(text) => StoreError::Unavailable(text),
            error => error,
        })?;
    let task = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "a connection to PostgreSQL broke");
        }
    });
    Ok((client, task))
}

async fn check(client: &Client) -> Result<(), StoreError> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::bigint, current_setting('server_version'), \
             current_setting('synchronous_commit'), current_setting('fsync')",
            &[],
        )
        .await?;
    let (number, version): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    if number < MIN_VERSION {
        return Err(too_old_server(Engine::Postgres, &version, "14"));
    }
    let synchronous: String = row.try_get(2)?;
    if synchronous != "on" {
        return Err(StoreError::Config(format!(
            "PostgreSQL answers synchronous_commit = {synchronous}, not on"
        )));
    }
    let fsync: String = row.try_get(3)?;
    if fsync != "on" {
        tracing::warn!(
            "PostgreSQL runs with fsync = {fsync}: what is acknowledged may be lost with its machine"
        );
    }
    Ok(())
}
