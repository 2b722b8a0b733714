//! Clients that lost an event although their connection lives are told how far their streams have come.

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::on_both;

on_both!(
    members_are_told_how_far_a_quiet_conversation_has_come,
    a_reader_is_told_how_far_his_own_stream_has_come,
    a_stream_that_goes_on_is_told_when_it_rests,
    who_is_in_no_conversation_is_told_nothing,
);

/// A digest comes at the earliest so long after a stream's last change, and at the latest half as long again.
const INTERVAL_MS: i64 = 5_000;
const LONGEST_MS: i64 = INTERVAL_MS + INTERVAL_MS / 2;

async fn start(backend: Backend) -> TestServer {
    TestServer::with(backend, &[("PARLOR_LIMITS_HEADS_DIGEST_MS", "5000")]).await.unwrap()
}

async fn say(person: &Person, conversation: &str) {
    let sent = person.post(&format!("/conversations/{conversation}/messages"), json!({"body": "x"})).await;
    assert_eq!(sent.unwrap().status, 201);
}

fn head(conversation: &str, rev: i64) -> Value {
    json!([{"conversation_id": conversation, "seq": rev, "rev": rev}])
}

async fn members_are_told_how_far_a_quiet_conversation_has_come(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    server.environment.advance_ms(LONGEST_MS);
    let (mut hers, mut his) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    say(&ada, &direct).await;
    say(&bob, &direct).await;
    server.environment.advance_ms(LONGEST_MS);
    for socket in [&mut hers, &mut his] {
        let mut told = socket.next("heads:digest").await.unwrap();
        // That the conversation is there at all may still have been to be told.
        while told[0].get("user_rev").is_some() {
            told = socket.next("heads:digest").await.unwrap();
        }
        assert_eq!(told, head(&direct, 2));
    }
}

async fn a_reader_is_told_how_far_his_own_stream_has_come(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct).await;
    let mut socket = bob.connect().await.unwrap();
    let read = bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 1})).await.unwrap();
    assert_eq!(read.status, 200);
    let user_rev = socket.next("unread:changed").await.unwrap()["user_rev"].clone();
    server.environment.advance_ms(LONGEST_MS);
    // He gained a conversation before he read in it; on PostgreSQL two lanes tell of that.
    while socket.next("heads:digest").await.unwrap() != json!([{"user_rev": user_rev}]) {}
}

async fn a_stream_that_goes_on_is_told_when_it_rests(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    for _ in 0..5 {
        say(&ada, &garden).await;
        server.environment.advance_ms(INTERVAL_MS - 1);
    }
    server.environment.advance_ms(LONGEST_MS);
    let mut told = Vec::new();
    while told.last() != Some(&head(&garden, 5)) {
        told.push(socket.next("heads:digest").await.unwrap());
    }
    told.retain(|heads| heads[0].get("conversation_id").is_some());
    assert_eq!(told.len(), 1, "{told:?}");
}

async fn who_is_in_no_conversation_is_told_nothing(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let (mut hers, mut strangers) = (ada.connect().await.unwrap(), eve.connect().await.unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct).await;
    server.environment.advance_ms(LONGEST_MS);
    while hers.next("heads:digest").await.unwrap() != head(&direct, 1) {}
    // What comes to her later came after anything that she was told before.
    let garden = ada.group("Garden", &["eve"]).await.unwrap();
    assert_eq!(strangers.next("conversation:new").await.unwrap()["id"], garden.as_str());
    assert_eq!(strangers.drained().await.unwrap(), []);
}
