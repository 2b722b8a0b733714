//! Connections for work in the background: what it waits for, no client waits for.

use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, RecyclingMethod, Runtime};
use tokio_postgres::{Config, NoTls, types::ToSql};

use super::{connection::CONNECT_TIMEOUT, read::unavailable};
use crate::{Engine, StoreError, commit::Statement, value::Row};

/// How many jobs write side by side; the others wait.
const CONNECTIONS: usize = 2;

/// How long a job's transaction may take: they come in chunks.
const TIMEOUT: Duration = Duration::from_secs(15);

const SETTINGS: &str = "SET synchronous_commit = on; SET jit = off; SET statement_timeout = '10s'; \
     SET default_transaction_isolation = 'read committed'";

pub(crate) struct Jobs(deadpool_postgres::Pool);

impl Jobs {
    pub(super) fn new(config: Config) -> Result<Self, StoreError> {
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = deadpool_postgres::Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move { client.batch_execute(SETTINGS).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| StoreError::Config(format!("the pool of PostgreSQL connections: {error}")))?;
        Ok(Self(pool))
    }

    /// Runs statements in one transaction. Those of an attempt that was given up may have been committed.
    pub(crate) async fn run(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
        let client = self.0.get().await.map_err(unavailable)?;
        let mut held = Held(Some(client));
        let rows = tokio::time::timeout(TIMEOUT, transaction(&mut held, statements)).await;
        let rows = rows.unwrap_or_else(|_| {
            Err(StoreError::Unavailable(format!("a job took longer than {} s", TIMEOUT.as_secs())))
        })?;
        held.give_back();
        Ok(rows)
    }

    /// A connection of one's own for a while.
    pub(super) async fn connection(&self) -> Result<Held, StoreError> {
        Ok(Held(Some(self.0.get().await.map_err(unavailable)?)))
    }

    pub(crate) fn close(&self) {
        self.0.close();
    }
}

/// A connection that the pool gets back only after a transaction that ended well.
pub(super) struct Held(Option<Object>);

impl Held {
    pub(super) fn client(&mut self) -> Result<&mut Object, StoreError> {
        self.0.as_mut().ok_or_else(StoreError::closed)
    }

    pub(super) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

async fn transaction(held: &mut Held, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
    let transaction = held.client()?.transaction().await?;
    let mut all = Vec::with_capacity(statements.len());
    for Statement { sql, parameters } in statements {
        let statement = transaction.prepare_cached(sql.on(Engine::Postgres)).await?;
        let parameters: Vec<_> = parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = transaction.query(&statement, &parameters).await?;
        all.push(rows.into_iter().map(Row::Postgres).collect());
    }
    transaction.commit().await?;
    Ok(all)
}
