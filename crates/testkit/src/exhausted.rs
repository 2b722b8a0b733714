//! A PostgreSQL server that has no connection left.

use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls, error::SqlState};

use crate::Error;

/// Connections that others do not get, until this is dropped.
pub struct Exhausted {
    address: String,
    taken: Vec<(Client, AbortOnDrop)>,
}

/// Closes its connection at once, whatever it was doing.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Exhausted {
    pub(crate) async fn all_of(address: &str) -> Result<Self, Error> {
        let mut all = Self { address: address.to_owned(), taken: Vec::new() };
        all.take_more().await?;
        Ok(all)
    }

    /// Takes what has come free, until the server refuses.
    ///
    /// # Errors
    /// When it refuses for another reason.
    pub async fn take_more(&mut self) -> Result<(), Error> {
        loop {
            match tokio_postgres::connect(&self.address, NoTls).await {
                Ok((client, connection)) => {
                    let connection = tokio::spawn(async move { drop(connection.await) });
                    self.taken.push((client, AbortOnDrop(connection)));
                }
                Err(error) if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ends all connections of others to a database; how many.
    ///
    /// # Errors
    /// What the server says.
    pub async fn end_others(&self, database: &str) -> Result<i64, Error> {
        let Some((client, _)) = self.taken.first() else { return Ok(0) };
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1";
        Ok(client.query_one(sql, &[&database]).await?.try_get(0)?)
    }
}
