//! Unsending: nobody reads it any more, wherever he looks.

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    what_is_unsent_is_gone_everywhere,
    what_is_unsent_is_not_unread,
    a_retry_of_the_send_is_answered_with_what_is_left,
    only_who_wrote_it_unsends_it,
    beyond_the_window_it_is_too_late,
);

async fn say(who: &Person, conversation: &str, number: u128, body: &str) -> String {
    let path = format!("/conversations/{conversation}/messages");
    let sent = who.post(&path, json!({"id": uuid(number), "body": body})).await.unwrap();
    assert_eq!(sent.status, 201);
    format!("{path}/{}", uuid(number))
}

fn for_everyone(path: &str) -> String {
    format!("{path}?for=everyone")
}

async fn what_is_unsent_is_gone_everywhere(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let path = say(&ada, &direct, 1, "a secret").await;
    ada.patch(&path, json!({"body": "another secret"})).await.unwrap();
    let before = bob.post("/sync", json!({})).await.unwrap().json["user_rev"].clone();
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    server.environment.advance_ms(1_000);

    let delete = json!({"conversation_id": direct, "id": uuid(1), "for": "everyone"});
    let answer = from.emit("message:delete", delete.clone()).await.unwrap();
    let left = json!({
        "id": uuid(1), "conversation_id": direct, "seq": 1, "prev_rev": 2, "rev": 3, "sender_id": "ada",
        "kind": "text", "created_at": "2026-01-01T00:00:00.000Z", "deleted_at": "2026-01-01T00:00:01.000Z",
    });
    assert_eq!(answer, json!({"ok": true, "message": left}));
    for socket in [&mut from, &mut to] {
        assert_eq!(socket.next("message:deleted").await.unwrap(), left);
    }
    assert_eq!(from.emit("message:delete", delete).await.unwrap(), answer, "again is once");
    assert_eq!(to.drained().await.unwrap(), []);

    let messages = bob.get(&format!("/conversations/{direct}/messages")).await.unwrap().json;
    assert_eq!(messages["items"], json!([left]));
    let seen = bob.get(&format!("/conversations/{direct}")).await.unwrap().json;
    assert_eq!((&seen["last_message"], &seen["unread"]), (&left, &json!(0)));
    assert_eq!(bob.get(&format!("{path}/versions")).await.unwrap().status, 404);
    assert_eq!(ada.patch(&path, json!({"body": "back"})).await.unwrap().status, 404);
    for position in [json!({}), json!({"user_rev": before, "heads": {direct.clone(): 0}})] {
        let synced = bob.post("/sync", position).await.unwrap().json;
        assert!(!synced.to_string().contains("secret"), "{synced}");
    }
}

/// The unread of a user's only conversation, in the list and by a mark that moves nothing.
async fn unread(who: &Person, conversation: &str) -> Value {
    let seen = who.get(&format!("/conversations/{conversation}")).await.unwrap().json;
    let read =
        who.post(&format!("/conversations/{conversation}/read"), json!({"seq": 0})).await.unwrap().json;
    assert_eq!(seen["unread"], read["unread"]);
    seen["unread"].clone()
}

async fn what_is_unsent_is_not_unread(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let mut paths = Vec::new();
    for number in 1..=4 {
        paths.push(say(&ada, &direct, number, "x").await);
    }
    let read = bob.post(&format!("/conversations/{direct}/read"), json!({"seq": 1})).await.unwrap().json;
    assert_eq!(read, json!({"read_seq": 1, "unread": 3}));
    // One that is read, one that is not, and that one again.
    for (path, left) in [(&paths[0], 3), (&paths[2], 2), (&paths[2], 2), (&paths[3], 1)] {
        assert_eq!(ada.delete(&for_everyone(path)).await.unwrap().status, 200);
        assert_eq!(unread(&bob, &direct).await, left);
    }
    assert_eq!(unread(&ada, &direct).await, 0);
}

async fn a_retry_of_the_send_is_answered_with_what_is_left(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let path = say(&ada, &direct, 1, "once").await;
    let left = ada.delete(&for_everyone(&path)).await.unwrap().json["message"].clone();
    let mut watching = ada.connect().await.unwrap();
    let again = json!({"id": uuid(1), "body": "once"});
    let again = ada.post(&format!("/conversations/{direct}/messages"), again).await.unwrap();
    assert_eq!((again.status, &again.json), (201, &left));
    assert!(again.json.get("body").is_none());
    assert_eq!(watching.drained().await.unwrap(), []);
}

async fn only_who_wrote_it_unsends_it(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, eve) =
        (server.person("ada").unwrap(), server.person("bob").unwrap(), server.person("eve").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let path = say(&ada, &direct, 1, "mine").await;
    let mut watching = ada.connect().await.unwrap();
    let refused = bob.delete(&for_everyone(&path)).await.unwrap();
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("forbidden")));
    let foreign = eve.delete(&for_everyone(&path)).await.unwrap();
    let absent = eve.delete(&for_everyone(&path.replace(&direct, &uuid(77)))).await.unwrap();
    assert_eq!((foreign.status, &foreign.json), (404, &absent.json));
    assert_eq!(ada.delete(&for_everyone(&path.replace(&uuid(1), &uuid(2)))).await.unwrap().status, 404);
    assert_eq!(ada.delete(&path).await.unwrap().status, 400, "for whom?");
    assert_eq!(watching.drained().await.unwrap(), []);
}

async fn beyond_the_window_it_is_too_late(backend: Backend) {
    let limits = [("PARLOR_LIMITS_UNSEND_WINDOW_MS", "60000")];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let (first, second) = (say(&ada, &direct, 1, "x").await, say(&ada, &direct, 2, "x").await);
    server.environment.advance_ms(60_000);
    assert_eq!(ada.delete(&for_everyone(&first)).await.unwrap().status, 200);
    server.environment.advance_ms(1);
    let late = ada.delete(&for_everyone(&second)).await.unwrap();
    assert_eq!(
        (late.status, &late.json["code"], &late.json["limit"]),
        (409, &json!("too_late"), &json!(60_000))
    );
    assert_eq!(ada.delete(&for_everyone(&first)).await.unwrap().status, 200, "what is done is done");
}
