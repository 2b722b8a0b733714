//! PostgreSQL crashes, loses backends, stands still or lets nobody in, while the server runs.

use std::time::Duration;

use testkit::{EphemeralPostgres, Program};

use crate::{Dice, binary, client::Failure, swarm::Swarm, times};

const DATABASE: &str = "faults";

/// Acknowledgements at most between two faults.
const ACKS: u64 = 100;

async fn start(settings: &[&str], variables: &[(&str, &str)]) -> (EphemeralPostgres, Program) {
    let cluster = EphemeralPostgres::start_reviving(settings).await.unwrap();
    let database = cluster.migrated(DATABASE).await.unwrap();
    let program = Program::start(binary(), Some(database), variables).await.unwrap();
    (cluster, program)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn immediate_restarts() {
    let (cluster, program) = start(&[], &[]).await;
    let swarm = Swarm::start(&program, Failure::Unknown, 3).await;
    let mut dice = Dice(3);
    for _ in 0..times(1, 20) {
        swarm.recorder.acknowledged(1 + dice.roll(ACKS)).await;
        cluster.crash().await.unwrap();
    }
    swarm.recorder.acknowledged(1).await;
    eprintln!("immediate restarts: {}", swarm.verdict(&program).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_backends() {
    let (cluster, program) = start(&[], &[]).await;
    let swarm = Swarm::start(&program, Failure::Unknown, 4).await;
    let mut dice = Dice(4);
    for time in 0..times(3, 50) {
        swarm.recorder.acknowledged(1 + dice.roll(ACKS)).await;
        // A killed backend takes all others with it (the server recovers as after a crash); a terminated one does not.
        let signal = if time % 8 == 7 { "KILL" } else { "TERM" };
        let backend = dice.roll(64) as usize;
        // While it recovers nobody is let in.
        let _ = cluster.signal_backend(signal, DATABASE, backend).await;
    }
    swarm.recorder.acknowledged(1).await;
    eprintln!("killed backends: {}", swarm.verdict(&program).await);
}

/// One connection that writes and one that reads, and PostgreSQL lets nobody in when they are gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_connections_to_be_had() {
    let few = [("PARLOR_DATABASE_LANES", "1"), ("PARLOR_DATABASE_READERS", "1")];
    let (cluster, program) = start(&[], &few).await;
    let swarm = Swarm::start(&program, Failure::Unknown, 10).await;
    for time in 1..=times(1, 20) as usize {
        swarm.recorder.acknowledged(ACKS).await;
        cluster.execute(&format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false")).await.unwrap();
        while cluster.signal_backend("TERM", DATABASE, 0).await.unwrap() {}
        let refused = || program.log().matches("no connection to PostgreSQL").count();
        while refused() < time {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cluster.execute(&format!("ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true")).await.unwrap();
    }
    swarm.recorder.acknowledged(ACKS).await;
    eprintln!("no connections: {}", swarm.verdict(&program).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standing_still() {
    let (cluster, program) = start(&[], &[]).await;
    let swarm = Swarm::start(&program, Failure::Unknown, 5).await;
    swarm.recorder.acknowledged(50).await;
    cluster.signal_all("STOP").unwrap();
    // In full it is longer than a batch may take, so that batches are given up whose fate nobody knows.
    tokio::time::sleep(Duration::from_secs(times(1, 30))).await;
    cluster.signal_all("CONT").unwrap();
    swarm.recorder.acknowledged(50).await;
    eprintln!("standing still: {}", swarm.verdict(&program).await);
}
