//! Bringing a file's schema up to date, after a copy of what is in it.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::connection::{Purpose, open};
use crate::{
    Engine, StoreError,
    migrations::{self, APPLIED, Applied, CREATE_TABLE, MigrationReport, MigrationStatus},
};

/// Where the file is among the migrations. Does not create a file that is not there.
pub(crate) fn status(path: &Path) -> Result<MigrationStatus, StoreError> {
    if !path.exists() {
        return migrations::status_of(Engine::Sqlite, &[]);
    }
    let connection = open(path, Purpose::Read)?;
    migrations::status_of(Engine::Sqlite, &applied(&connection)?)
}

/// Applies what waits, in one transaction.
pub(crate) fn migrate(path: &Path) -> Result<MigrationReport, StoreError> {
    let connection = open(path, Purpose::Write)?;
    let before = applied(&connection)?;
    let waiting = migrations::pending(Engine::Sqlite, &before)?;
    let mut report = MigrationReport {
        applied: Vec::new(),
        from: migrations::version(&before),
        version: migrations::version(&before),
        backup: None,
    };
    if waiting.is_empty() {
        return Ok(report);
    }
    if !before.is_empty() {
        report.backup = Some(back_up(&connection, path, report.from)?);
    }
    connection.execute_batch("BEGIN IMMEDIATE")?;
    match apply(&connection) {
        Ok(applied) => connection.execute_batch("COMMIT").map(|()| report.applied = applied)?,
        Err(error) => {
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
    }
    report.version = migrations::known(Engine::Sqlite);
    Ok(report)
}

pub(super) const RENEW_EPOCH: &str = "UPDATE epoch SET id = randomblob(16)";

/// Applies everything to a database that holds nothing.
pub(super) fn migrate_empty(connection: &Connection) -> Result<(), StoreError> {
    apply(connection).map(drop)
}

/// Gives the file another epoch.
pub(crate) fn renew_epoch(path: &Path) -> Result<(), StoreError> {
    open(path, Purpose::Write)?.execute_batch(RENEW_EPOCH)?;
    Ok(())
}

fn apply(connection: &Connection) -> Result<Vec<String>, StoreError> {
    connection.execute_batch(CREATE_TABLE)?;
    // Read again under the lock: another process may have been faster.
    let waiting = migrations::pending(Engine::Sqlite, &applied(connection)?)?;
    let mut names = Vec::new();
    for migration in waiting {
        connection.execute_batch(migration.sql)?;
        connection.execute(
            "INSERT INTO schema_migrations (version, name, checksum) VALUES (?1, ?2, ?3)",
            params![migration.version, migration.name, migration.checksum()],
        )?;
        names.push(migration.name.to_owned());
    }
    Ok(names)
}

/// The migrations that a file says it has; none, if it holds no tables of ours.
pub(super) fn applied(connection: &Connection) -> Result<Vec<Applied>, StoreError> {
    if !connection.table_exists(None, "schema_migrations")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(APPLIED)?;
    let rows = statement.query_map([], |row| Ok(Applied { version: row.get(0)?, checksum: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Copies the file beside itself, whole or not at all.
fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".schema-{version}.{ending}"));
        PathBuf::from(name)
    };
    let (unfinished, finished) = (beside("part"), beside("bak"));
    let failed = |error: &dyn std::fmt::Display| {
        StoreError::Unavailable(format!(
            "no copy before migrating could be made at {}: {error}",
            finished.display()
        ))
    };
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(|error| failed(&error))?;
    }
    let target = unfinished.to_string_lossy();
    connection.execute("VACUUM INTO ?1", [target.as_ref()]).map_err(|error| failed(&error))?;
    std::fs::rename(&unfinished, &finished).map_err(|error| failed(&error))?;
    Ok(finished)
}
