//! PostgreSQL crashes, loses backends, stands still or lets nobody in, while the server runs.

use std::time::Duration;

use serde_json::json;
use testkit::{CuttingProxy, EphemeralPostgres, Lose, Program, Socket};

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

/// Other programs hold every connection that PostgreSQL gives, and ours are ended: nothing can be read or written until
/// there are some again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exhausted_connections() {
    let (cluster, program) = start(&["max_connections=24"], &[]).await;
    let swarm = Swarm::start(&program, Failure::Unknown, 13).await;
    for time in 1..=times(1, 20) as usize {
        swarm.recorder.acknowledged(ACKS).await;
        let mut others = cluster.exhaust().await.unwrap();
        while others.end_others(DATABASE).await.unwrap() > 0 {
            others.take_more().await.unwrap();
        }
        swarm.recorder.failed(10).await;
        let refused = program.log().matches("too many clients already (53300)").count();
        assert!(refused >= time, "{}", program.log());
        drop(others);
    }
    swarm.recorder.acknowledged(ACKS).await;
    eprintln!("exhausted connections: {}", swarm.verdict(&program).await);
}

/// Connections break around a COMMIT, so that some were made and some not, and nobody is told which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_answers_to_commits() {
    let cluster = EphemeralPostgres::start_durable().await.unwrap();
    cluster.migrated(DATABASE).await.unwrap();
    let proxy = CuttingProxy::start(cluster.port()).await.unwrap();
    let address = format!("postgres://postgres@{}/{DATABASE}", proxy.addr);
    let program = Program::start(binary(), Some(store::DatabaseUrl::Postgres(address)), &[]).await.unwrap();
    let swarm = Swarm::start(&program, Failure::Unknown, 14).await;
    let mut dice = Dice(14);
    for time in 0..times(6, 200) {
        swarm.recorder.acknowledged(1 + dice.roll(ACKS / 4)).await;
        let lose = if time % 2 == 0 { Lose::Answer } else { Lose::Commit };
        proxy.cut(lose).await.unwrap();
    }
    swarm.recorder.acknowledged(1).await;
    eprintln!("lost answers: {}", swarm.verdict(&program).await);
}

/// Each variant by itself, and nobody sends anything else that would bring it to light.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_after_a_lost_answer_gets_the_one_message() {
    let cluster = EphemeralPostgres::start().await.unwrap();
    cluster.migrated(DATABASE).await.unwrap();
    let proxy = CuttingProxy::start(cluster.port()).await.unwrap();
    let address = format!("postgres://postgres@{}/{DATABASE}", proxy.addr);
    let program = Program::start(binary(), Some(store::DatabaseUrl::Postgres(address)), &[]).await.unwrap();
    let (ada, grace) = (program.person("ada").unwrap(), program.person("grace").unwrap());
    let room = ada.group("Garden", &["grace"]).await.unwrap();
    let (mut sender, mut reader) = (ada.connect().await.unwrap(), grace.connect().await.unwrap());
    let message =
        |seq: u64| json!({"conversation_id": room, "id": uuid::Uuid::from_u128(seq.into()), "body": "hi"});
    sender.emit("message:send", message(1)).await.unwrap();
    told(&mut reader, 1).await;
    for (seq, lose) in [(2, Lose::Answer), (3, Lose::Commit), (4, Lose::Answer), (5, Lose::Commit)] {
        let (cut, answer) = tokio::join!(proxy.cut(lose), sender.emit("message:send", message(seq)));
        cut.unwrap();
        assert_eq!(answer.unwrap()["error"]["code"], "unavailable");
        let stored = ada.history(&room).await.unwrap().len() as u64;
        assert_eq!(stored, if lose == Lose::Answer { seq } else { seq - 1 }, "{lose:?}");
        if lose == Lose::Answer {
            // Who waits is told without anybody's doing.
            told(&mut reader, seq).await;
        }
        let retried = loop {
            let answer = sender.emit("message:send", message(seq)).await.unwrap();
            if answer["error"]["code"] != "unavailable" {
                break answer;
            }
        };
        assert_eq!(retried["message"]["seq"], seq, "{retried}");
        assert_eq!(ada.history(&room).await.unwrap().len() as u64, seq);
        if lose == Lose::Commit {
            told(&mut reader, seq).await;
        }
    }
}

/// The next message that somebody is told of must be this one.
async fn told(reader: &mut Socket, seq: u64) {
    let event = reader.next("message:new").await;
    let event = event.unwrap_or_else(|error| panic!("nobody is told of {seq}: {error}"));
    assert_eq!((&event["seq"], &event["prev_rev"]), (&json!(seq), &json!(seq - 1)));
}

/// The connection that keeps others away is ended while another server waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_whose_database_another_one_took_over_ends() {
    let (cluster, first) = start(&[], &[]).await;
    let ada = first.person("ada").unwrap();
    let room = ada.group("Garden", &["grace"]).await.unwrap();
    let database = cluster.url(DATABASE);
    let second = tokio::spawn(async move { Program::start(binary(), Some(database), &[]).await.unwrap() });
    let locks = "FROM pg_locks WHERE locktype = 'advisory'";
    while cluster.number(DATABASE, &format!("SELECT count(*) {locks} AND NOT granted")).await.unwrap() == 0 {}
    let cut = format!("SELECT count(pg_terminate_backend(pid)) {locks} AND granted");
    assert_eq!(cluster.number(DATABASE, &cut).await.unwrap(), 1);
    let second = second.await.unwrap();
    first.ended().await;
    assert!(first.log().contains("another Parlor took it over"), "{}", first.log());
    let ada = second.person("ada").unwrap();
    let sent = ada.post(&format!("/conversations/{room}/messages"), json!({"body": "hi"})).await;
    assert_eq!(sent.unwrap().status, 201);
}
