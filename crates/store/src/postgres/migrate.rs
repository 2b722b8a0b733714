//! Bringing a database's schema up to date: one transaction, one process at a time.

use std::time::Duration;

use tokio_postgres::{Client, Transaction};

use super::{config, connection::open};
use crate::{
    Engine, StoreError,
    migrations::{self, APPLIED, Applied, CREATE_TABLE, MigrationReport, MigrationStatus},
};

/// The advisory lock that migrating holds: "parlor" in ASCII.
const LOCK: i64 = 0x70_61_72_6c_6f_72;

/// How long a migration waits for whoever holds a table, before it gives up and blocks nobody.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the database is among the migrations.
pub(crate) async fn status(url: &str) -> Result<MigrationStatus, StoreError> {
    let (client, _task) = open(&config(url)?).await?;
    migrations::status_of(Engine::Postgres, &applied(&client).await?)
}

/// Applies what waits.
pub(crate) async fn migrate(url: &str) -> Result<MigrationReport, StoreError> {
    let (mut client, _task) = open(&config(url)?).await?;
    let transaction = client.transaction().await?;
    let settings = format!("SET LOCAL lock_timeout = {}", LOCK_TIMEOUT.as_millis());
    transaction.batch_execute(&settings).await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let before = applied(transaction.client()).await?;
    let waiting = migrations::pending(Engine::Postgres, &before)?;
    let mut report = MigrationReport {
        applied: Vec::new(),
        from: migrations::version(&before),
        version: migrations::version(&before),
        backup: None,
    };
    if !waiting.is_empty() {
        transaction.batch_execute(CREATE_TABLE).await?;
    }
    for migration in waiting {
        apply(&transaction, migration).await?;
        report.applied.push(migration.name.to_owned());
        report.version = migration.version;
    }
    transaction.commit().await?;
    Ok(report)
}

/// Gives the database another epoch.
pub(crate) async fn renew_epoch(url: &str) -> Result<(), StoreError> {
    let (client, _task) = open(&config(url)?).await?;
    client.batch_execute("UPDATE epoch SET id = gen_random_uuid()").await?;
    Ok(())
}

async fn apply(transaction: &Transaction<'_>, migration: &migrations::Migration) -> Result<(), StoreError> {
    transaction.batch_execute(migration.sql).await?;
    transaction
        .execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
            &[&migration.version, &migration.name, &migration.checksum()],
        )
        .await?;
    Ok(())
}

async fn applied(client: &Client) -> Result<Vec<Applied>, StoreError> {
    let there = client.query_one("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(Vec::new());
    }
    let mut list = Vec::new();
    for row in client.query(APPLIED, &[]).await? {
        list.push(Applied { version: row.try_get(0)?, checksum: row.try_get(1)? });
    }
    Ok(list)
}
