//! The disk is full: sends are answered with an error and are not there; when there is room again, all goes on.

use std::os::unix::fs::{MetadataExt, chown};

use testkit::{EphemeralPostgres, Program, SmallDisk};

use crate::{binary, client::Failure, diary::library, swarm::Swarm, times};

/// Answers of all kinds between two changes.
const ANSWERS: u64 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_under_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let (library, flag) = (library(folder.path()).display().to_string(), folder.path().join("full"));
    let data = tempfile::tempdir().unwrap();
    let (watched, flag_text) = (data.path().display().to_string(), flag.display().to_string());
    let variables = [("LD_PRELOAD", &*library), ("DISK_DIR", &*watched), ("DISK_FULL", &*flag_text)];
    let database = store::DatabaseUrl::Sqlite(data.path().join("parlor.db"));
    let mut program = Program::start(binary(), Some(database), &variables).await.unwrap();
    let swarm = Swarm::start(&program, Failure::Certain, 9).await;
    for time in 0..times(2, 20) {
        swarm.recorder.acknowledged(ANSWERS).await;
        std::fs::write(&flag, "").unwrap();
        swarm.recorder.refused(ANSWERS).await;
        let log = program.log();
        assert!(log.contains("disk is full"), "the disk was not full: {log}");
        if time % 2 == 1 {
            // What was refused must not come back with a restart.
            std::fs::remove_file(&flag).unwrap();
            program.kill().await.unwrap();
            program.restart().await.unwrap();
        } else {
            std::fs::remove_file(&flag).unwrap();
        }
    }
    swarm.recorder.acknowledged(ANSWERS).await;
    eprintln!("full disk: {}", swarm.verdict(&program).await);
}

/// The tables are on a small disk, the log of PostgreSQL is not: so each refusal is certain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_under_the_tables_of_postgresql() {
    let Some(disk) = SmallDisk::mount(32 << 20).unwrap() else { return };
    let cluster = EphemeralPostgres::start_reviving(&[]).await.unwrap();
    let owner = std::fs::metadata(cluster.dir()).unwrap();
    chown(disk.path(), Some(owner.uid()), Some(owner.gid())).unwrap();
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display());
    cluster.execute(&space).await.unwrap();
    let database = cluster.migrated("faults").await.unwrap();
    cluster.execute("ALTER DATABASE faults SET TABLESPACE small").await.unwrap();
    let mut program = Program::start(binary(), Some(database), &[]).await.unwrap();
    let swarm = Swarm::start(&program, Failure::Certain, 11).await;
    for time in 0..times(2, 20) {
        swarm.recorder.acknowledged(ANSWERS).await;
        disk.fill().unwrap();
        swarm.recorder.refused(ANSWERS).await;
        let log = program.log();
        assert!(log.contains("No space left on device"), "the disk was not full: {log}");
        disk.make_room().unwrap();
        if time % 2 == 1 {
            program.kill().await.unwrap();
            program.restart().await.unwrap();
        }
    }
    swarm.recorder.acknowledged(ANSWERS).await;
    eprintln!("full disk under the tables: {}", swarm.verdict(&program).await);
}

/// All of PostgreSQL is on a small disk. When its log finds no room it crashes, and cannot recover before there is some:
/// a commit whose answer was lost in that may have been made, so clients try again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_under_all_of_postgresql() {
    let Some(disk) = SmallDisk::mount(128 << 20).unwrap() else { return };
    let cluster = EphemeralPostgres::start_reviving_on(disk.path(), &["max_wal_size=32MB"]).await.unwrap();
    let database = cluster.migrated("faults").await.unwrap();
    let program = Program::start(binary(), Some(database), &[]).await.unwrap();
    let swarm = Swarm::start(&program, Failure::Unknown, 12).await;
    for _ in 0..times(1, 10) {
        swarm.recorder.acknowledged(ANSWERS).await;
        disk.fill().unwrap();
        // Until the next part of the log must be made, and cannot.
        while cluster.execute("SELECT pg_switch_wal()").await.is_ok() {}
        swarm.recorder.failed(ANSWERS).await;
        disk.make_room().unwrap();
        swarm.recorder.acknowledged(ANSWERS).await;
    }
    eprintln!("full disk under all: {}", swarm.verdict(&program).await);
}
