//! The schema's versions, in the program, with what is common to both engines in applying them.

use sha2::{Digest, Sha256};

use crate::{Engine, StoreError};

/// One step of the schema. Applied once, in order, never changed after a release.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

macro_rules! migrations {
    ($engine:literal: $($version:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../migrations/", $engine, "/", $name, ".sql")),
        }),*]
    };
}

const SQLITE: &[Migration] = migrations!("sqlite": 1 "0001_start", 2 "0002_outbox", 3 "0003_epoch", 4 "0004_change_marks", 5 "0005_message_counts",
    6 "0006_smaller_blocks",
    7 "0007_rooms",
    8 "0008_privacy",
    9 "0009_message_changes",
    10 "0010_positions",
    11 "0011_receipts",
    12 "0012_mentions",
    13 "0013_slow_mode",
);
const POSTGRES: &[Migration] = migrations!("postgres": 1 "0001_start", 2 "0002_outbox", 3 "0003_epoch", 4 "0004_change_marks", 5 "0005_message_counts",
    6 "0006_smaller_blocks",
    7 "0007_rooms",
    8 "0008_privacy",
    9 "0009_message_changes",
    10 "0010_positions",
    11 "0011_receipts",
    12 "0012_mentions",
    13 "0013_slow_mode",
);

/// What `migrate` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationReport {
    /// The names of the migrations that were applied just now.
    pub applied: Vec<String>,
    /// The schema's version before; 0 for an empty database.
    pub from: i64,
    /// The schema's version now.
    pub version: i64,
    /// Where the file was copied to before (SQLite with data only).
    pub backup: Option<std::path::PathBuf>,
}

/// Where a database is among the migrations that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// The schema's version; 0 for an empty database.
    pub version: i64,
    /// The newest version that this program knows.
    pub known: i64,
    /// The names of those that wait.
    pub pending: Vec<String>,
    /// All that this program knows, in order.
    pub migrations: Vec<KnownMigration>,
}

/// A migration in this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMigration {
    /// Its number and what it is about.
    pub name: String,
    /// SHA-256 of its text, in hexadecimal; an applied one has the same in the database.
    pub checksum: String,
    /// Whether the database has it.
    pub applied: bool,
}

impl MigrationStatus {
    /// The error that opening the database now would be.
    ///
    /// # Errors
    /// [`StoreError::SchemaTooOld`] when migrations wait.
    pub fn require_current(&self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        Err(StoreError::SchemaTooOld { found: self.version, known: self.known })
    }
}

/// A row of `schema_migrations`.
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) checksum: String,
}

/// The statements around migrations, in each engine's words.
pub(crate) const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";
pub(crate) const APPLIED: &str = "SELECT version, checksum FROM schema_migrations ORDER BY version";

/// All of an engine, in order.
pub(crate) fn of(engine: Engine) -> &'static [Migration] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// The newest version that this program knows.
pub(crate) fn known(engine: Engine) -> i64 {
    of(engine).last().map_or(0, |migration| migration.version)
}

impl Migration {
    pub(crate) fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Those that wait.
///
/// # Errors
/// A newer schema, and a migration that was applied with another text.
pub(crate) fn pending(engine: Engine, applied: &[Applied]) -> Result<Vec<&'static Migration>, StoreError> {
    let (found, known) = (version(applied), known(engine));
    if found > known {
        return Err(StoreError::SchemaTooNew { found, known });
    }
    let mut pending = Vec::new();
    for migration in of(engine) {
        match applied.iter().find(|row| row.version == migration.version) {
            None => pending.push(migration),
            Some(row) if row.checksum == migration.checksum() => {}
            Some(_) => {
                return Err(StoreError::Config(format!(
                    "migration {} was applied with another text than this Parlor has; the database comes from a \
                     build that was never released: restore a backup, or start from an empty database",
                    migration.name
                )));
            }
        }
    }
    Ok(pending)
}

/// The newest applied version.
pub(crate) fn version(applied: &[Applied]) -> i64 {
    applied.last().map_or(0, |row| row.version)
}

/// What to tell of a database.
pub(crate) fn status_of(engine: Engine, applied: &[Applied]) -> Result<MigrationStatus, StoreError> {
    let pending = pending(engine, applied)?;
    Ok(MigrationStatus {
        version: version(applied),
        known: known(engine),
        migrations: of(engine)
            .iter()
            .map(|migration| KnownMigration {
                name: migration.name.to_owned(),
                checksum: migration.checksum(),
                applied: !pending.iter().any(|waiting| waiting.version == migration.version),
            })
            .collect(),
        pending: pending.iter().map(|migration| migration.name.to_owned()).collect(),
    })
}
