//! The power goes, at any moment of a run: what was not synced may be there, missing or torn. One run keeps a diary of
//! its disk and notes how long that was at each thing that a client was told; so every cut of the diary is a power loss
//! of which it is known who had been told what. See ADR 0020.

use std::path::Path;

use testkit::{Program, checker::check, dump::dump_file};

use crate::{
    Dice, binary,
    client::Failure,
    diary::{Diary, library},
    swarm::Swarm,
    times,
};

/// A run with its diary.
struct Run {
    swarm: Swarm,
    diary: Diary,
    /// How long the diary was when the first message was sent.
    from: u64,
}

async fn record(acknowledgements: u64, lies: bool) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let (library, log) = (library(folder.path()), folder.path().join("diary"));
    let (library, log_text) = (library.display().to_string(), log.display().to_string());
    let data = tempfile::tempdir().unwrap();
    let database = data.path().join("parlor.db");
    let watched = data.path().display().to_string();
    let mut variables = vec![("LD_PRELOAD", &*library), ("DISK_DIR", &*watched), ("DISK_LOG", &*log_text)];
    if lies {
        variables.push(("DISK_LIES", "1"));
    }
    let database = Some(store_url(&database));
    let mut program = Program::start(binary(), database, &variables).await.unwrap();
    let swarm = Swarm::watching(&program, Failure::Unknown, 6, Some(log.clone())).await;
    let from = std::fs::metadata(&log).unwrap().len();
    swarm.recorder.acknowledged(acknowledgements).await;
    program.kill().await.unwrap();
    Run { swarm, diary: Diary::read(&log), from }
}

fn store_url(path: &Path) -> store::DatabaseUrl {
    store::DatabaseUrl::Sqlite(path.to_owned())
}

impl Run {
    /// What is wrong after a power loss at a moment that the dice choose; and how many messages had been told.
    fn lose_power(&self, dice: &mut Dice) -> (Vec<String>, usize) {
        let cut = self.diary.cut(self.from, dice);
        let history = self.swarm.recorder.history_until(cut);
        let folder = tempfile::tempdir().unwrap();
        self.diary.restore(cut, folder.path(), dice);
        let told = history.entries.len();
        match dump_file(&folder.path().join("parlor.db")) {
            Ok(dump) => (check(&history, &dump).iter().map(ToString::to_string).collect(), told),
            Err(error) => (vec![error.to_string()], told),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_loss() {
    let cuts = times(8, 200);
    let run = record(60 * cuts.min(50), false).await;
    assert!(run.diary.syncs(run.from) > 10, "the diary has no syncs: nothing was watched");
    let mut dice = Dice(7);
    let mut most = 0;
    for number in 0..cuts {
        let (found, told) = run.lose_power(&mut dice);
        assert!(
            found.is_empty(),
            "cut {number}: {} faults, among them {:#?}",
            found.len(),
            &found[..found.len().min(5)]
        );
        most = most.max(told);
    }
    assert!(most > 100, "no cut was where it could hurt");
    eprintln!("power loss: {cuts} cuts, up to {most} entries judged");
}

/// The proof that the test above can fail: a disk that answers before it has written loses what was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn power_loss_with_a_disk_that_lies_is_found() {
    let run = record(200, true).await;
    assert_eq!(run.diary.syncs(0), 0);
    let mut dice = Dice(8);
    let caught = (0..8).filter(|_| !run.lose_power(&mut dice).0.is_empty()).count();
    assert!(caught > 4, "only {caught} of 8 losses were noticed");
}
