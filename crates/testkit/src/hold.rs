//! A table that every query waits for, so that a test decides when what is under way goes on.

use std::time::Duration;

use store::DatabaseUrl;
use tokio_postgres::{Client, NoTls};

use crate::Error;

/// Whoever does not come in this time does not come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A table of a PostgreSQL database, locked until this is dropped.
pub struct Hold {
    /// Its transaction has the lock.
    _holder: Client,
    watcher: Client,
    table: &'static str,
}

impl Hold {
    /// Locks a table: queries that read it wait.
    ///
    /// # Errors
    /// When the database refuses, or is none of PostgreSQL's.
    pub async fn table(url: &DatabaseUrl, table: &'static str) -> Result<Self, Error> {
        let (holder, watcher) = (connect(url).await?, connect(url).await?);
        holder.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await?;
        Ok(Self { _holder: holder, watcher, table })
    }

    /// How many queries wait for the table now.
    ///
    /// # Errors
    /// When the database does not tell.
    pub async fn waiting(&self) -> Result<i64, Error> {
        let sql = format!(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{}'::regclass",
            self.table
        );
        Ok(self.watcher.query_one(&sql, &[]).await?.try_get(0)?)
    }

    /// Returns when so many wait.
    ///
    /// # Errors
    /// When they do not come.
    pub async fn waited_for_by(&self, count: i64) -> Result<(), Error> {
        let come = async {
            while self.waiting().await? != count {}
            Ok(())
        };
        let late = |_| Error::Setup(format!("{count} queries do not wait for {}", self.table));
        tokio::time::timeout(PATIENCE, come).await.map_err(late)?
    }
}

async fn connect(url: &DatabaseUrl) -> Result<Client, Error> {
    let DatabaseUrl::Postgres(address) = url else {
        return Err(Error::Setup("only tables of PostgreSQL can be held".to_owned()));
    };
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
