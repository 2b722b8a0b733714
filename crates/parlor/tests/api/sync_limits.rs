//! How many syncs may be under way: all are made to wait for a table, which only PostgreSQL can hold.

use serde_json::{Value, json};
use testkit::{Backend, Hold, Person, Socket, TestServer};

const PATIENT: (&str, &str) = ("PARLOR_DATABASE_READ_TIMEOUT_MS", "60000");

async fn held(limits: &[(&str, &str)]) -> (TestServer, Hold) {
    let variables: Vec<_> = limits.iter().copied().chain([PATIENT]).collect();
    let server = TestServer::with(Backend::Postgres, &variables).await.unwrap();
    // Every sync asks for the epoch, and nothing else does.
    let hold = Hold::table(&server.database_url(), "epoch").await.unwrap();
    (server, hold)
}

/// Somebody who has one conversation, with his socket.
async fn connected(server: &TestServer, name: &str) -> (Person, Socket) {
    let person = server.person(name).unwrap();
    person.direct("eve").await.unwrap();
    let socket = person.connect().await.unwrap();
    (person, socket)
}

/// Starts syncs that are not alike.
async fn start(socket: &mut Socket, cursors: std::ops::Range<u128>) -> Vec<u64> {
    let mut started = Vec::new();
    for cursor in cursors {
        started.push(socket.start("sync", json!({"cursor": crate::uuid(cursor)})).await.unwrap());
    }
    started
}

fn assert_refused(error: &Value, name: &str, limit: u64) {
    assert_eq!((&error["code"], &error["limit"]), (&json!("rate_limited"), &json!(limit)), "{error}");
    assert!(error["message"].as_str().unwrap().contains(name), "{error}");
    let retry_after_ms = error["retry_after_ms"].as_u64().unwrap();
    assert!((1_000..=4_000).contains(&retry_after_ms), "{error}");
}

/// The next answer: whose, and why it is refused.
async fn answer(socket: &mut Socket) -> (u64, Option<Value>) {
    loop {
        if let testkit::Packet::Ack(id, mut answer) = socket.receive().await.unwrap() {
            return (id, (answer["ok"] != true).then(|| answer["error"].take()));
        }
    }
}

/// All of these are answered, and well.
async fn assert_answered(socket: &mut Socket, mut started: Vec<u64>) {
    while !started.is_empty() {
        let (id, refused) = answer(socket).await;
        assert_eq!(refused, None);
        started.retain(|started| *started != id);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_many_read_at_once_so_many_wait_and_the_rest_come_later() {
    let limits = [("PARLOR_LIMITS_SYNCS_AT_ONCE", "2"), ("PARLOR_LIMITS_SYNCS_WAITING", "1")];
    let (server, hold) = held(&limits).await;
    let (_, mut ada) = connected(&server, "ada").await;
    let (person, mut bob) = connected(&server, "bob").await;
    // One after the other: until it reads, each is one that waits.
    let mut hers = start(&mut ada, 0..1).await;
    hold.waited_for_by(1).await.unwrap();
    hers.extend(start(&mut ada, 1..2).await);
    hold.waited_for_by(2).await.unwrap();

    let mut his = start(&mut bob, 0..2).await;
    let (refused, why) = answer(&mut bob).await;
    assert_refused(&why.unwrap(), "syncs_waiting", 1);
    his.retain(|started| *started != refused);
    let over_rest = person.post("/sync", json!({"cursor": crate::uuid(7)})).await.unwrap();
    assert_eq!(over_rest.status, 429);
    assert_refused(&over_rest.json, "syncs_waiting", 1);
    assert_eq!(hold.waiting().await.unwrap(), 2, "the third waits outside of the database");

    drop(hold);
    assert_answered(&mut ada, hers).await;
    assert_answered(&mut bob, his).await;
    assert_eq!(person.post("/sync", json!({})).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_has_so_many_under_way_and_takes_nobody_else_s_place() {
    let limits = [("PARLOR_LIMITS_SYNCS_AT_ONCE", "1"), ("PARLOR_LIMITS_SYNCS_PER_USER", "2")];
    let (server, hold) = held(&limits).await;
    let (_, mut ada) = connected(&server, "ada").await;
    let (_, mut bob) = connected(&server, "bob").await;
    let mut hers = start(&mut ada, 0..1).await;
    hold.waited_for_by(1).await.unwrap();
    hers.extend(start(&mut ada, 1..3).await);
    let (refused, why) = answer(&mut ada).await;
    assert_refused(&why.unwrap(), "syncs_per_user", 2);
    // The same as the one that waits is answered with it, and does not count.
    let alike = u128::from(if refused == hers[1] { hers[2] } else { hers[1] });
    hers.retain(|started| *started != refused);
    hers.extend(start(&mut ada, alike..alike + 1).await);
    let his = start(&mut bob, 0..1).await;

    drop(hold);
    assert_answered(&mut ada, hers).await;
    assert_answered(&mut bob, his).await;
}
