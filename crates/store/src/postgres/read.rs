//! The pool that reads, and one query's hold on it.

use std::time::Duration;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::future::join;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::{Config, NoTls, SimpleQueryMessage, types::ToSql};

use super::connection::CONNECT_TIMEOUT;
use crate::{
    Engine, StoreError, StoreOptions,
    dialect::Sql,
    read::{Read, Reading},
    value::{Row, Value},
};

/// Nothing that reads may write; a page of rows is not worth compiling for. What is read lies in memory or on a disk
/// without arms: by the default price of a random page, all users would be read for the names of a hundred.
const SETTINGS: &str = "SET default_transaction_read_only = on; SET jit = off; SET random_page_cost = 1.1";

/// One plan whatever is in the tables: as if all of them were large, without what depends on estimates.
const EXPLAIN_SETTINGS: &str = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; \
     SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; \
     SET LOCAL enable_memoize = off; SET LOCAL enable_material = off";

pub(crate) struct Pool {
    connections: deadpool_postgres::Pool,
    /// For all of a query: a server that stands still must not hold who asks, least of all a lane.
    timeout: Duration,
}

impl Pool {
    pub(super) fn new(config: Config, options: &StoreOptions) -> Result<Self, StoreError> {
        let timeout = options.read_timeout;
        // The server stops working on what nobody waits for any more.
        let settings = format!("{SETTINGS}; SET statement_timeout = {}", timeout.as_millis().max(1));
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = deadpool_postgres::Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(options.readers.max(1))
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(timeout))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .post_create(Hook::async_fn(move |client, _| {
                let settings = settings.clone();
                Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| StoreError::Config(format!("the pool of PostgreSQL connections: {error}")))?;
        Ok(Self { connections: pool, timeout })
    }

    /// Runs a query on whichever connection is free. `snapshot`: all its statements see one state.
    pub(crate) async fn run<T, F>(&self, snapshot: bool, query: F) -> Result<T, StoreError>
    where
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T>,
    {
        let end = Instant::now() + self.timeout;
        let client = timeout_at(end, self.connections.get()).await.map_err(|_| self.too_late())?;
        let client = client.map_err(unavailable)?;
        let state = if snapshot { State::Snapshot } else { State::Single };
        let mut read = Read::Postgres(ReadSession { client: Some(client), state });
        let result = timeout_at(end, query(&mut read)).await;
        let Read::Postgres(session) = read else {
            return result.unwrap_or_else(|_| Err(StoreError::closed()));
        };
        match result {
            Ok(Ok(value)) => {
                session.finish();
                Ok(value)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                session.discard();
                Err(self.too_late())
            }
        }
    }

    fn too_late(&self) -> StoreError {
        let waited = self.timeout.as_millis();
        StoreError::Unavailable(format!("PostgreSQL did not answer a query within {waited} ms"))
    }

    pub(crate) fn close(&self) {
        self.connections.close();
    }
}

pub(super) fn unavailable(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => error.into(),
        PoolError::Timeout(TimeoutType::Wait) => {
            StoreError::Unavailable("every PostgreSQL connection is busy reading".into())
        }
        PoolError::Closed => StoreError::closed(),
        error => StoreError::Unavailable(error.to_string()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Each statement for itself.
    Single,
    /// A transaction starts with the first statement.
    Snapshot,
    /// It has.
    InTransaction,
}

/// A connection while a query has it.
pub(crate) struct ReadSession {
    client: Option<Object>,
    state: State,
}

impl ReadSession {
    pub(crate) async fn query(&mut self, sql: &Sql, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        let Some(client) = &self.client else { return Err(StoreError::closed()) };
        let statement = client.prepare_cached(sql.on(Engine::Postgres)).await?;
        let parameters: Vec<_> = parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        let rows = if self.state == State::Snapshot {
            // Sent together with the statement: a snapshot costs no round trip of its own.
            self.state = State::InTransaction;
            let begin = client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ");
            let (begun, rows) = join(begin, client.query(&statement, &parameters)).await;
            begun?;
            rows?
        } else {
            client.query(&statement, &parameters).await?
        };
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    pub(crate) async fn prepare(&self, text: &str) -> Result<(), StoreError> {
        let Some(client) = &self.client else { return Err(StoreError::closed()) };
        Ok(client.prepare(text).await.map(drop)?)
    }

    /// The plan that a lane would use, whatever the parameters: as lines of PostgreSQL's own tree.
    pub(crate) async fn explain(&mut self, text: &str) -> Result<Vec<String>, StoreError> {
        // Until the end: after an error the connection is not used again.
        self.state = State::InTransaction;
        let Some(client) = &self.client else { return Err(StoreError::closed()) };
        let parameters = client.prepare(text).await?.params().len();
        let nulls = if parameters == 0 {
            String::new()
        } else {
            format!("({})", vec!["NULL"; parameters].join(", "))
        };
        let mut lines: Vec<String> = Vec::new();
        for bitmaps in ["off", "on"] {
            client
                .batch_execute(&format!("{EXPLAIN_SETTINGS}; SET LOCAL enable_bitmapscan = {bitmaps}"))
                .await?;
            client.batch_execute(&format!("PREPARE explained AS {text}")).await?;
            let answer =
                client.simple_query(&format!("EXPLAIN (COSTS OFF) EXECUTE explained{nulls}")).await?;
            client.batch_execute("DEALLOCATE explained; ROLLBACK").await?;
            let line = |message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            };
            lines = answer.into_iter().filter_map(line).collect();
            // Bitmaps only where nothing else serves: several indexes for one table.
            if !lines.iter().any(|line| line.contains("Seq Scan on")) {
                break;
            }
        }
        self.state = State::Single;
        Ok(lines)
    }

    /// Closes the connection: nobody knows what it will still answer.
    fn discard(mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }

    /// Ends the transaction without making the answer wait for it.
    fn finish(mut self) {
        if self.state == State::InTransaction
            && let Some(client) = self.client.take()
        {
            tokio::spawn(async move {
                if client.batch_execute("COMMIT").await.is_err() {
                    drop(Object::take(client));
                }
            });
        }
    }
}

impl Drop for ReadSession {
    fn drop(&mut self) {
        // A query that failed or was given up in a transaction: the pool must not hand that connection out again.
        if self.state == State::InTransaction
            && let Some(client) = self.client.take()
        {
            drop(Object::take(client));
        }
    }
}
