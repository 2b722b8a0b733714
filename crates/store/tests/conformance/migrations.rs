//! Schemas: fresh, current, tampered with, newer.

use chat::UserKey;
use sha2::{Digest, Sha256};
use store::{DatabaseUrl, Engine, Store, StoreError, StoreOptions};
use tempfile::TempDir;
use testkit::Database;

use crate::bed::execute;

/// A database without a schema.
async fn empty(engine: Engine) -> (DatabaseUrl, Option<TempDir>) {
    match engine {
        Engine::Sqlite => {
            let dir = tempfile::tempdir().unwrap();
            (DatabaseUrl::Sqlite(dir.path().join("parlor.db")), Some(dir))
        }
        Engine::Postgres => (Database::empty().await.unwrap().url, None),
    }
}

async fn an_empty_database_is_migrated_once(engine: Engine) {
    let (url, _dir) = empty(engine).await;
    let status = Store::migration_status(&url).await.unwrap();
    assert_eq!((status.version, status.pending.len()), (0, status.migrations.len()));
    let first = Store::migrate(&url).await.unwrap();
    assert_eq!((first.from, first.version), (0, status.known));
    assert_eq!(first.applied, status.pending);
    assert_eq!(first.backup, None, "there was nothing to lose");
    let again = Store::migrate(&url).await.unwrap();
    assert_eq!((again.from, again.version, again.applied.len()), (status.known, status.known, 0));
    assert!(Store::migration_status(&url).await.unwrap().pending.is_empty());
    Store::open(&url, StoreOptions::default()).await.unwrap();
}

async fn several_processes_migrate_at_once(engine: Engine) {
    let (url, _dir) = empty(engine).await;
    let reports = tokio::join!(Store::migrate(&url), Store::migrate(&url), Store::migrate(&url));
    let applied = [reports.0, reports.1, reports.2].map(|report| report.unwrap().applied.len());
    let known = Store::migration_status(&url).await.unwrap().migrations.len();
    assert_eq!(applied.iter().sum::<usize>(), known, "{applied:?}");
    assert!(applied.contains(&known), "one of them did it all: {applied:?}");
}

/// A database as the Parlor of schema 1 left it, with a conversation in it.
pub(crate) async fn of_schema_1(engine: Engine) -> (DatabaseUrl, Option<TempDir>) {
    let (url, dir) = empty(engine).await;
    let start = match engine {
        Engine::Sqlite => include_str!("../../migrations/sqlite/0001_start.sql"),
        Engine::Postgres => include_str!("../../migrations/postgres/0001_start.sql"),
    };
    let checksum: String = Sha256::digest(start).iter().map(|byte| format!("{byte:02x}")).collect();
    let record = format!(
        "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL);
         INSERT INTO schema_migrations VALUES (1, '0001_start', '{checksum}');
         INSERT INTO users (key, subject, subject_folded, created_at, last_user_rev) VALUES (1, 'ada', 'ada', 0, 4);"
    );
    execute(&url, &format!("{start}\n{record}")).await;
    (url, dir)
}

async fn an_older_schema_is_brought_up_to_date_with_what_is_in_it(engine: Engine) {
    let (url, _dir) = of_schema_1(engine).await;
    let status = Store::migration_status(&url).await.unwrap();
    let names: Vec<_> = status.migrations.iter().skip(1).map(|known| known.name.clone()).collect();
    assert_eq!((status.version, &status.pending), (1, &names));
    assert!(names.first().is_some_and(|name| name == "0002_outbox"));
    let applied: Vec<_> = status.migrations.iter().filter(|known| known.applied).collect();
    assert_eq!(applied.iter().map(|known| &*known.name).collect::<Vec<_>>(), ["0001_start"]);
    let report = Store::migrate(&url).await.unwrap();
    assert_eq!((report.from, report.version), (1, status.known));
    let copied = report.backup.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    assert_eq!(copied.as_deref(), (engine == Engine::Sqlite).then_some("parlor.db.schema-1.bak"));
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    assert_eq!(store.user_rev(UserKey(1)).await.unwrap(), 4);
    assert!(Store::migration_status(&url).await.unwrap().migrations.iter().all(|known| known.applied));
}

async fn a_migration_with_another_text_is_refused(engine: Engine) {
    let (url, _dir) = empty(engine).await;
    Store::migrate(&url).await.unwrap();
    execute(&url, "UPDATE schema_migrations SET checksum = 'other'").await;
    let error = Store::open(&url, StoreOptions::default()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Config(text) if text.contains("0001_start")), "{error}");
}

async fn a_newer_schema_is_refused(engine: Engine) {
    let (url, _dir) = empty(engine).await;
    Store::migrate(&url).await.unwrap();
    execute(&url, "INSERT INTO schema_migrations (version, name, checksum) VALUES (99, '0099_later', 'x')")
        .await;
    let known = Store::migration_status(&DatabaseUrl::Sqlite("not/there".into())).await.unwrap().known;
    let expected = StoreError::SchemaTooNew { found: 99, known };
    assert_eq!(Store::open(&url, StoreOptions::default()).await.unwrap_err(), expected);
    assert_eq!(Store::migrate(&url).await.unwrap_err(), expected);
    assert_eq!(Store::migration_status(&url).await.unwrap_err(), expected);
}

macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() { super::$case(store::Engine::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $case() { super::$case(store::Engine::Postgres).await; })*
        }
    };
}

on_both!(
    an_empty_database_is_migrated_once,
    several_processes_migrate_at_once,
    a_migration_with_another_text_is_refused,
    a_newer_schema_is_refused,
    an_older_schema_is_brought_up_to_date_with_what_is_in_it,
);

#[tokio::test]
async fn postgres_is_migrated_only_when_asked() {
    let (url, _) = empty(Engine::Postgres).await;
    let known = Store::migration_status(&url).await.unwrap().known;
    let error = Store::open(&url, StoreOptions::default()).await.unwrap_err();
    assert_eq!(error, StoreError::SchemaTooOld { found: 0, known });
    assert!(error.to_string().contains("parlor migrate up"), "{error}");
    Store::open(&url, StoreOptions { migrate: true, ..Default::default() }).await.unwrap();
}

#[tokio::test]
async fn a_sqlite_file_with_data_is_copied_before_it_is_migrated() {
    let (url, dir) = empty(Engine::Sqlite).await;
    let path = dir.as_ref().unwrap().path().join("parlor.db");
    // A file of an older Parlor: it has a schema, though not ours.
    execute(&url, "CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT, checksum TEXT)")
        .await;
    execute(&url, "INSERT INTO schema_migrations VALUES (0, '0000_before', 'x')").await;
    execute(&url, "CREATE TABLE kept (what TEXT)").await;
    execute(&url, "INSERT INTO kept VALUES ('this')").await;
    let report = Store::migrate(&url).await.unwrap();
    let copy = report.backup.unwrap();
    assert_eq!(copy, path.with_file_name("parlor.db.schema-0.bak"));
    let copied = rusqlite::Connection::open(copy).unwrap();
    let kept: String = copied.query_row("SELECT what FROM kept", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "this");
}

#[tokio::test]
async fn what_is_no_database_is_refused_with_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.txt");
    std::fs::write(&path, "this is no database, however long it may be ".repeat(100)).unwrap();
    assert!(Store::open(&DatabaseUrl::Sqlite(path), StoreOptions::default()).await.is_err());
    let missing = DatabaseUrl::Sqlite(dir.path().join("no/such/folder/parlor.db"));
    let error = Store::open(&missing, StoreOptions::default()).await.unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}
