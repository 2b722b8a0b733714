//! `kill -9` in the middle of writing, on both databases.

use testkit::{EphemeralPostgres, Program};

use crate::{Dice, binary, client::Failure, swarm::Swarm, times};

/// So many acknowledgements at most between two kills.
const ACKS: u64 = 150;

async fn survive(mut program: Program, seed: u64) {
    let swarm = Swarm::start(&program, Failure::Unknown, seed).await;
    let mut dice = Dice(seed);
    for _ in 0..times(3, 200) {
        swarm.recorder.acknowledged(1 + dice.roll(ACKS)).await;
        program.kill().await.unwrap();
        program.restart().await.unwrap();
    }
    eprintln!("kill -9: {}", swarm.verdict(&program).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_on_sqlite() {
    survive(Program::start(binary(), None, &[]).await.unwrap(), 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_on_postgresql() {
    let cluster = EphemeralPostgres::start_durable().await.unwrap();
    let database = cluster.migrated("crash").await.unwrap();
    survive(Program::start(binary(), Some(database), &[]).await.unwrap(), 2).await;
}
