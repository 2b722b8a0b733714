//! A backup in the place of a database, and everything that may be wrong with it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chat::{Actor, ConversationId, Timestamp, sync::Position};
use store::{DatabaseUrl, Restored, Store, StoreError, StoreOptions, SyncLimits};
use testkit::SmallDisk;

use crate::bed::{Bed, execute};

const KEPT: &str = ".replaced-once";

/// A database with a backup of it, and what came after that.
struct Scene {
    bed: Bed,
    ada: Actor,
    room: ConversationId,
    database: PathBuf,
    backup: PathBuf,
    _dir: tempfile::TempDir,
}

impl Scene {
    /// Ten messages in the backup, fifteen in the database.
    async fn set() -> Self {
        let bed = Bed::sqlite().await;
        let [ada, bob] = bed.people(["ada", "bob"]).await;
        let room = bed.group(&ada, &[&bob]).await;
        for _ in 0..10 {
            bed.send(&ada, room, "before").await;
        }
        let dir = tempfile::tempdir().unwrap();
        let backup = dir.path().join("backup.db");
        Store::back_up(&bed.url, &backup).await.unwrap();
        for _ in 0..5 {
            bed.send(&ada, room, "after").await;
        }
        let DatabaseUrl::Sqlite(database) = bed.url.clone() else { panic!() };
        Self { bed, ada, room, database, backup, _dir: dir }
    }

    async fn restore(&self) -> Result<Restored, StoreError> {
        Store::restore(&self.bed.url, &self.backup, KEPT).await
    }

    /// The contents of every file in the database's folder, but for what one that is open has beside it.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let folder = self.database.parent().unwrap();
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        names.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    }

    async fn messages_in(&self, file: &Path) -> usize {
        let store =
            Store::open(&DatabaseUrl::Sqlite(file.to_owned()), StoreOptions::default()).await.unwrap();
        let range = store::HistoryRange::default();
        let count = store.history(self.ada.key, self.room, range, 100).await.unwrap().unwrap().items.len();
        store.close().await;
        count
    }
}

async fn epoch(store: &Store, who: &Actor) -> String {
    let limits = SyncLimits { rows: 10, changes_per_conversation: 10 };
    format!("{:?}", store.sync(who.key, &Position::default(), &limits).await.unwrap().epoch)
}

#[tokio::test]
async fn a_backup_takes_the_place_under_another_epoch_and_what_was_there_is_kept() {
    let scene = Scene::set().await;
    let before = epoch(&scene.bed.store, &scene.ada).await;
    scene.bed.store.clone().close().await;
    let backup = std::fs::read(&scene.backup).unwrap();

    let restored = scene.restore().await.unwrap();
    let kept = PathBuf::from(format!("{}{KEPT}", scene.database.display()));
    assert_eq!(restored.kept, std::slice::from_ref(&kept));
    assert_eq!((restored.rows.users, restored.rows.conversations, restored.rows.messages), (2, 1, 10));
    assert_eq!(restored.bytes, std::fs::metadata(&scene.database).unwrap().len());
    assert_eq!(std::fs::read(&scene.backup).unwrap(), backup, "the backup stays as it was");
    assert_eq!(scene.files().len(), 2, "{:?}", scene.files().keys());

    let report = Store::check(&scene.bed.url, Timestamp(0)).await.unwrap();
    assert_eq!(report.broken(), 0, "{report:?}");
    let store = Store::open(&scene.bed.url, StoreOptions::default()).await.unwrap();
    assert_ne!(epoch(&store, &scene.ada).await, before);
    store.close().await;
    assert_eq!(scene.messages_in(&scene.database).await, 10);
    assert_eq!(scene.messages_in(&kept).await, 15);
}

/// As after `kill -9`: what was committed last is in the log only.
#[tokio::test]
async fn what_was_only_in_the_log_is_kept_and_not_applied_to_the_new_file() {
    let scene = Scene::set().await;
    let folder = tempfile::tempdir().unwrap();
    let mut copied = scene.database.clone();
    for ending in ["", "-wal"] {
        let name = format!("parlor.db{ending}");
        copied = folder.path().join("parlor.db");
        std::fs::copy(scene.database.with_file_name(&name), folder.path().join(name)).unwrap();
    }
    let url = DatabaseUrl::Sqlite(copied.clone());
    let restored = Store::restore(&url, &scene.backup, KEPT).await.unwrap();
    assert_eq!(restored.rows.messages, 10);
    assert_eq!(scene.messages_in(&copied).await, 10);
    assert_eq!(scene.messages_in(&restored.kept[0]).await, 15);
}

#[tokio::test]
async fn a_damaged_database_is_kept_with_its_log() {
    let scene = Scene::set().await;
    scene.bed.store.clone().close().await;
    let log = scene.database.with_file_name("parlor.db-wal");
    std::fs::write(&scene.database, "not a database at all").unwrap();
    std::fs::write(&log, "nor a log").unwrap();
    let restored = scene.restore().await.unwrap();
    let kept = restored.kept.iter().map(|file| std::fs::read(file).unwrap());
    assert_eq!(kept.collect::<Vec<_>>(), [&b"nor a log"[..], b"not a database at all"]);
    assert!(!log.exists() || std::fs::metadata(&log).unwrap().len() == 0);
    assert_eq!(scene.messages_in(&scene.database).await, 10);
}

#[tokio::test]
async fn a_folder_without_a_database_gets_one() {
    let scene = Scene::set().await;
    let folder = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(folder.path().join("parlor.db"));
    let restored = Store::restore(&url, &scene.backup, KEPT).await.unwrap();
    assert_eq!((restored.kept.len(), restored.rows.messages), (0, 10));
    assert_eq!(scene.messages_in(&folder.path().join("parlor.db")).await, 10);
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_taken_and_brought_up_to_date_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (url, _old) = crate::migrations::of_schema_1(store::Engine::Sqlite).await;
    let DatabaseUrl::Sqlite(backup) = url else { panic!() };
    let target = DatabaseUrl::Sqlite(folder.path().join("parlor.db"));
    let restored = Store::restore(&target, &backup, KEPT).await.unwrap();
    assert_eq!((restored.schema, restored.rows.users), (1, 1));
    Store::open(&target, StoreOptions::default()).await.unwrap().close().await;
    assert_eq!(Store::check(&target, Timestamp(0)).await.unwrap().rows.users, 1);
}

/// What is wrong with a backup, how it is made so, and a word of the refusal.
type Wrong = (&'static str, fn(&Path), &'static str);

const WRONG: &[Wrong] = &[
    ("missing", |file| std::fs::remove_file(file).unwrap(), "no file"),
    (
        "a folder",
        |file| {
            std::fs::remove_file(file).unwrap();
            std::fs::create_dir(file).unwrap();
        },
        "no file",
    ),
    ("empty", |file| std::fs::write(file, "").unwrap(), "no backup"),
    ("text", |file| std::fs::write(file, "Dear diary, ".repeat(1_000)).unwrap(), "no backup"),
    ("cut in its head", |file| cut(file, 50), "no backup"),
    ("cut in half", |file| cut(file, std::fs::metadata(file).unwrap().len() / 2), "damaged"),
    ("without its last page", |file| cut(file, std::fs::metadata(file).unwrap().len() - 4096), "damaged"),
    (
        "with a page of zeros",
        |file| {
            let mut bytes = std::fs::read(file).unwrap();
            bytes[3 * 4096..4 * 4096].fill(0);
            std::fs::write(file, bytes).unwrap();
        },
        "damaged",
    ),
    (
        "a database of something else",
        |file| {
            std::fs::remove_file(file).unwrap();
            sql(file, "CREATE TABLE recipes (name TEXT)");
        },
        "none of its tables",
    ),
    (
        "with other migrations",
        |file| sql(file, "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1"),
        "another text",
    ),
    (
        "of a newer schema",
        |file| sql(file, "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'x', 'x')"),
        "schema 9999",
    ),
];

fn cut(file: &Path, bytes: u64) {
    std::fs::File::options().write(true).open(file).unwrap().set_len(bytes).unwrap();
}

fn sql(file: &Path, statement: &str) {
    rusqlite::Connection::open(file).unwrap().execute_batch(statement).unwrap();
}

#[tokio::test]
async fn a_backup_that_is_no_good_changes_nothing() {
    let scene = Scene::set().await;
    scene.bed.store.clone().close().await;
    let good = std::fs::read(&scene.backup).unwrap();
    let before = scene.files();
    for (name, spoil, word) in WRONG {
        spoil(&scene.backup);
        let error = scene.restore().await.unwrap_err().to_string();
        assert!(error.contains(word), "{name}: {error}");
        assert!(scene.files() == before, "{name}: {:?}", scene.files().keys());
        if scene.backup.is_dir() {
            std::fs::remove_dir(&scene.backup).unwrap();
        }
        std::fs::write(&scene.backup, &good).unwrap();
    }
    let itself = Store::restore(&scene.bed.url, &scene.database, KEPT).await.unwrap_err();
    assert!(itself.to_string().contains("itself"), "{itself}");
    std::fs::write(format!("{}{KEPT}", scene.database.display()), "of an earlier day").unwrap();
    let taken = scene.restore().await.unwrap_err();
    assert!(taken.to_string().contains("already"), "{taken}");
    assert_eq!(scene.messages_in(&scene.database).await, 15);
}

#[tokio::test]
async fn a_database_that_is_open_is_not_replaced() {
    let scene = Scene::set().await;
    scene.bed.store.clone().close().await;
    let reader = rusqlite::Connection::open(&scene.database).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM messages").unwrap();
    let error = scene.restore().await.unwrap_err();
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    drop(reader);
    assert_eq!(scene.messages_in(&scene.database).await, 15);
    scene.restore().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let scene = Scene::set().await;
    scene.bed.store.clone().close().await;
    let Some(disk) = SmallDisk::mount(1 << 20).unwrap() else { return };
    let database = disk.path().join("parlor.db");
    std::fs::copy(&scene.database, &database).unwrap();
    let before = std::fs::read(&database).unwrap();
    let names = || -> Vec<_> {
        let entries = std::fs::read_dir(disk.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).filter(|name| name != "filler").collect()
    };
    disk.fill().unwrap();
    let url = DatabaseUrl::Sqlite(database.clone());
    for _ in 0..2 {
        let error = Store::restore(&url, &scene.backup, KEPT).await.unwrap_err();
        assert!(matches!(&error, StoreError::Unavailable(why) if why.contains("full")), "{error}");
        let error = Store::back_up(&scene.bed.url, &disk.path().join("copy.db")).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert_eq!(names(), ["parlor.db"]);
    }
    assert!(std::fs::read(&database).unwrap() == before);
    disk.make_room().unwrap();
    assert_eq!(Store::restore(&url, &scene.backup, KEPT).await.unwrap().rows.messages, 10);
    assert_eq!(names().len(), 2);
}

#[tokio::test]
async fn postgres_is_restored_by_its_own_tools() {
    let bed = Bed::postgres().await;
    let error = Store::restore(&bed.url, "copy.db".as_ref(), KEPT).await.unwrap_err();
    assert!(matches!(&error, StoreError::Config(why) if why.contains("pg_restore")), "{error}");
    execute(&bed.url, "SELECT 1").await;
}
