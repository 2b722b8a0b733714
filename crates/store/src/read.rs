//! A connection to read from. Queries are written once, as async functions over it.
//!
//! On SQLite such a function runs on a reader thread and never waits: every step of it is ready at once.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use crate::{
    Engine, StoreError,
    dialect::Sql,
    postgres::{self, ReadSession},
    sqlite,
    store::queries,
    value::{Row, Value},
};

/// What a query is, once it has its connection.
pub(crate) type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'r>>;

/// A connection of one engine or the other.
pub(crate) enum Read {
    Sqlite(rusqlite::Connection),
    Postgres(ReadSession),
}

impl Read {
    /// All rows of a statement.
    pub(crate) async fn query(&mut self, sql: &Sql, parameters: &[Value]) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(connection) => rows(connection, sql, parameters),
            Self::Postgres(session) => session.query(sql, parameters).await,
        }
    }

    /// Prepares every text that this engine is ever given; how many.
    pub(crate) async fn prepare_all(&mut self) -> Result<usize, StoreError> {
        let mut count = 0;
        for sql in queries() {
            match self {
                Self::Sqlite(connection) => drop(connection.prepare(sql.on(Engine::Sqlite))?),
                Self::Postgres(session) => session.prepare(sql.on(Engine::Postgres)).await?,
            }
            count += 1;
        }
        match self {
            Self::Sqlite(connection) => {
                for text in sqlite::STATEMENTS.iter().chain(sqlite::PRIVACY_STATEMENTS) {
                    drop(connection.prepare(text)?);
                    count += 1;
                }
            }
            Self::Postgres(session) => {
                for text in postgres::texts() {
                    session.prepare(text).await?;
                    count += 1;
                }
            }
        }
        Ok(count)
    }

    /// The first row of a statement.
    pub(crate) async fn first(&mut self, sql: &Sql, parameters: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, parameters).await?.into_iter().next())
    }
}

/// All rows of a statement on SQLite.
pub(crate) fn rows(
    connection: &rusqlite::Connection,
    sql: &Sql,
    parameters: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(sql.on(Engine::Sqlite))?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| row.get(column)).collect::<Result<_, _>>()?;
        out.push(Row::Sqlite(values));
    }
    Ok(out)
}

/// Runs a future that never waits.
pub(crate) fn ready<T>(future: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(StoreError::Internal("a query on SQLite waited for something else".into())),
    }
}
