//! Blocks: no direct conversation and no word between the two, and the blocked one does not learn of it.

use http::Method;
use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer, client::Answer};

use crate::{on_both, start};

on_both!(
    nothing_is_written_between_the_two_either_way,
    neither_starts_a_conversation_or_a_group_with_the_other,
    in_groups_messages_stay,
    all_devices_of_the_blocker_are_told_and_nobody_else,
    neither_finds_the_other,
    what_cannot_be_blocked,
    blocks_are_limited_and_listed_by_pages,
    after_a_block_is_acknowledged_no_message_comes_through,
    what_one_asked_last_holds,
);

async fn block(who: &Person, whom: &str) -> Answer {
    who.put(&format!("/users/{whom}/block"), json!({})).await.unwrap()
}

async fn unblock(who: &Person, whom: &str) -> Answer {
    who.call(Method::DELETE, &format!("/users/{whom}/block"), None).await.unwrap()
}

async fn say(who: &Person, conversation: &str, body: &str) -> Answer {
    who.post(&format!("/conversations/{conversation}/messages"), json!({"body": body})).await.unwrap()
}

fn refused(answer: &Answer) -> (u16, &Value, &Value) {
    (answer.status, &answer.json["code"], &answer.json["detail"])
}

async fn nothing_is_written_between_the_two_either_way(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    let direct = ada.direct("bob").await.unwrap();
    bob.get("/me").await.unwrap();
    assert_eq!(say(&ada, &direct, "hello").await.status, 201);
    assert_eq!(block(&bob, "ada").await.json, json!({"user": {"id": "ada"}, "blocked": true}));
    let (of_ada, of_bob) = (say(&ada, &direct, "hey").await, say(&bob, &direct, "ho").await);
    assert_eq!((of_ada.status, &of_ada.json["code"]), (403, &json!("not_allowed")));
    assert_eq!(refused(&of_ada), refused(&of_bob), "told alike, whoever set it");
    assert!(!of_ada.json.to_string().contains("block"), "{}", of_ada.json);
    assert_eq!(ada.direct("bob").await.unwrap(), direct, "what was said can be read");
    assert_eq!(ada.history(&direct).await.unwrap().len(), 1);
    assert_eq!(block(&bob, "ada").await.status, 200, "it is so already");
    assert_eq!(unblock(&bob, "ada").await.json["blocked"], false);
    assert_eq!(say(&ada, &direct, "hey").await.status, 201);
    assert_eq!(say(&bob, &direct, "ho").await.status, 201);
}

async fn neither_starts_a_conversation_or_a_group_with_the_other(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    for person in [&ada, &bob] {
        person.get("/me").await.unwrap();
    }
    assert_eq!(block(&bob, "ada").await.status, 200);
    for (who, whom) in [(&ada, "bob"), (&bob, "ada")] {
        for body in [
            json!({"kind": "direct", "user_id": whom}),
            json!({"kind": "group", "name": "Garden", "user_ids": [whom, "cleo"]}),
        ] {
            let answer = who.post("/conversations", body).await.unwrap();
            assert_eq!((answer.status, &answer.json["code"]), (403, &json!("not_allowed")));
        }
        assert_eq!(who.get("/conversations").await.unwrap().json["items"], json!([]));
    }
}

async fn in_groups_messages_stay(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    block(&bob, "ada").await;
    assert_eq!(say(&ada, &garden, "for all").await.status, 201);
    assert_eq!(say(&bob, &garden, "of all").await.status, 201);
    assert_eq!(bob.history(&garden).await.unwrap(), ada.history(&garden).await.unwrap());
}

async fn all_devices_of_the_blocker_are_told_and_nobody_else(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    let mut hers = ada.connect().await.unwrap();
    let mut his = [bob.connect().await.unwrap(), bob.connect().await.unwrap()];
    let done = his[0].emit("user:block", json!({"user_id": "ada"})).await.unwrap();
    assert_eq!(done, json!({"ok": true, "user": {"id": "ada"}, "blocked": true}));
    let event = |blocked, user_rev: i64| json!({"user_id": "ada", "blocked": blocked, "prev_user_rev": user_rev - 1, "user_rev": user_rev});
    for device in &mut his {
        assert_eq!(device.next("block:changed").await.unwrap(), event(true, 1));
    }
    assert_eq!(his[1].emit("user:unblock", json!({"user_id": "ada"})).await.unwrap()["blocked"], false);
    for device in &mut his {
        assert_eq!(device.next("block:changed").await.unwrap(), event(false, 2));
    }
    assert_eq!(hers.drained().await.unwrap(), []);
    assert_eq!(ada.get("/me").await.unwrap().json["user_rev"], 0);
}

async fn neither_finds_the_other(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    for person in [&ada, &bob] {
        person.get("/me").await.unwrap();
    }
    block(&bob, "ada").await;
    for (who, whom) in [(&ada, "bob"), (&bob, "ada")] {
        let found = who.get(&format!("/users?query={whom}")).await.unwrap().json;
        assert_eq!(found["items"], json!([]));
    }
    unblock(&bob, "ada").await;
    assert_eq!(ada.get("/users?query=bob").await.unwrap().json["items"][0]["id"], "bob");
}

async fn what_cannot_be_blocked(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let oneself = block(&ada, "ada").await;
    assert_eq!((oneself.status, &oneself.json["field"]), (400, &json!("user_id")));
    for answer in [block(&ada, "nobody").await, unblock(&ada, "nobody").await] {
        assert_eq!((answer.status, &answer.json["code"]), (404, &json!("not_found")));
    }
    assert_eq!(server.caller("no token").put("/users/ada/block", json!({})).await.unwrap().status, 401);
}

async fn blocks_are_limited_and_listed_by_pages(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_BLOCKS_PER_USER", "2")]).await.unwrap();
    let ada = server.person("ada").unwrap();
    for id in ["bob", "cleo", "dan"] {
        server.person(id).unwrap().get("/me").await.unwrap();
    }
    assert_eq!((block(&ada, "bob").await.status, block(&ada, "cleo").await.status), (200, 200));
    let beyond = block(&ada, "dan").await;
    assert_eq!(
        (beyond.status, &beyond.json["code"], &beyond.json["limit"]),
        (409, &json!("limit_reached"), &json!(2))
    );
    let first = ada.get("/me/blocks?limit=1").await.unwrap().json;
    let second = ada
        .get(&format!("/me/blocks?limit=1&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .unwrap()
        .json;
    assert_eq!((&first["items"][0]["id"], &second["items"][0]["id"]), (&json!("bob"), &json!("cleo")));
    assert!(second.get("next_cursor").is_none());
    unblock(&ada, "bob").await;
    assert_eq!(block(&ada, "dan").await.status, 200);
}

/// Sends race with a block: whatever was accepted has its place, and nothing gets one once the block is acknowledged.
async fn after_a_block_is_acknowledged_no_message_comes_through(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let mut accepted = 0;
    for _ in 0..10 {
        let mut sends = Vec::new();
        for number in 0..8u8 {
            let (ada, direct) = (ada.clone(), direct.clone());
            sends.push(tokio::spawn(async move { say(&ada, &direct, &number.to_string()).await }));
        }
        assert_eq!(block(&bob, "ada").await.status, 200);
        let late = say(&ada, &direct, "late").await;
        assert_eq!((late.status, &late.json["code"]), (403, &json!("not_allowed")));
        for send in sends {
            accepted += usize::from(send.await.unwrap().status == 201);
        }
        assert_eq!(ada.history(&direct).await.unwrap().len(), accepted);
        unblock(&bob, "ada").await;
    }
}

/// Commands that wait together are decided together; a later one must not be answered by what an earlier one changes.
async fn what_one_asked_last_holds(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|id| server.person(id).unwrap());
    bob.get("/me").await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    socket.emit("user:block", json!({"user_id": "bob"})).await.unwrap();
    for _ in 0..30 {
        let mut last = 0;
        for event in ["user:unblock", "user:block"] {
            last = socket.start(event, json!({"user_id": "bob"})).await.unwrap();
        }
        assert_eq!(socket.acknowledged(last).await.unwrap()["blocked"], true);
        assert_eq!(ada.get("/me/blocks").await.unwrap().json["items"].as_array().unwrap().len(), 1);
    }
}
