//! The disk is full: sends are answered with an error and are not there; when there is room again, all goes on.

use testkit::Program;

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
