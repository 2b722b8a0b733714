//! Editing: who may, what others see of it, what is kept.

use serde_json::{Value, json};
use testkit::{Backend, Person, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    an_edit_is_told_to_everybody_and_kept,
    earlier_texts_come_in_pages,
    a_retry_of_the_send_is_answered_with_the_message_as_it_is_now,
    only_who_wrote_it_edits_it,
    what_is_not_there_and_what_is_not_yours_to_see_look_alike,
    beyond_the_window_it_is_too_late,
    a_text_is_checked_as_when_it_is_sent,
    many_edits_at_once_are_all_kept,
    an_edit_right_after_its_send_finds_the_message,
);

/// A message of Ada's to Bob, with its path.
async fn written(ada: &Person, body: &str) -> (String, String) {
    let direct = ada.direct("bob").await.unwrap();
    let path = format!("/conversations/{direct}/messages");
    let sent = ada.post(&path, json!({"id": uuid(1), "body": body})).await.unwrap();
    assert_eq!(sent.status, 201);
    (direct, format!("{path}/{}", uuid(1)))
}

async fn an_edit_is_told_to_everybody_and_kept(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (direct, path) = written(&ada, "frist").await;
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    server.environment.advance_ms(1_500);
    let edit = json!({"conversation_id": direct, "id": uuid(1), "body": "first"});
    let answer = from.emit("message:edit", edit.clone()).await.unwrap();
    let message = &answer["message"];
    assert_eq!(
        (&answer["ok"], &message["body"], &message["seq"]),
        (&json!(true), &json!("first"), &json!(1))
    );
    assert_eq!((&message["prev_rev"], &message["rev"]), (&json!(1), &json!(2)));
    assert_eq!(message["edited_at"], "2026-01-01T00:00:01.500Z");
    assert_eq!(message["created_at"], "2026-01-01T00:00:00.000Z");
    for socket in [&mut from, &mut to] {
        assert_eq!(&socket.next("message:updated").await.unwrap(), message);
    }
    // The text that it has is no edit, and nobody is told.
    assert_eq!(from.emit("message:edit", edit).await.unwrap(), answer);
    assert_eq!(to.drained().await.unwrap(), []);

    let again = ada.patch(&path, json!({"body": "the first"})).await.unwrap();
    assert_eq!((again.status, &again.json["rev"]), (200, &json!(3)));
    assert_eq!(to.next("message:updated").await.unwrap(), again.json);
    let history = bob.get(&format!("/conversations/{direct}/messages")).await.unwrap().json;
    assert_eq!(history["items"], json!([again.json]));
    let listed = bob.get(&format!("/conversations/{direct}")).await.unwrap().json;
    assert_eq!(listed["last_message"], again.json);
    assert_eq!((&listed["head"], &listed["unread"]), (&json!({"seq": 1, "rev": 3}), &json!(1)));
    let kept = bob.get(&format!("{path}/versions")).await.unwrap().json;
    let texts = json!([
        {"body": "first", "written_at": "2026-01-01T00:00:01.500Z"},
        {"body": "frist", "written_at": "2026-01-01T00:00:00.000Z"},
    ]);
    assert_eq!(kept, json!({"items": texts}));
}

async fn earlier_texts_come_in_pages(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let (direct, path) = written(&ada, "0").await;
    let mut socket = ada.connect().await.unwrap();
    assert_eq!(ada.get(&format!("{path}/versions")).await.unwrap().json, json!({"items": []}));
    for text in 1..=5 {
        assert_eq!(ada.patch(&path, json!({"body": text.to_string()})).await.unwrap().status, 200);
    }
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..3 {
        let mut list = json!({"conversation_id": direct, "id": uuid(1), "limit": 2});
        if cursor.is_string() {
            list["cursor"] = cursor;
        }
        let page = socket.emit("message:versions", list).await.unwrap();
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["body"].clone()));
        cursor = page["next_cursor"].clone();
    }
    assert_eq!((seen, cursor), (["4", "3", "2", "1", "0"].map(Value::from).to_vec(), Value::Null));
}

async fn a_retry_of_the_send_is_answered_with_the_message_as_it_is_now(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let (direct, path) = written(&ada, "frist").await;
    let edited = ada.patch(&path, json!({"body": "first"})).await.unwrap().json;
    let send = |body: &str| json!({"id": uuid(1), "body": body});
    let messages = format!("/conversations/{direct}/messages");
    let again = ada.post(&messages, send("frist")).await.unwrap();
    assert_eq!((again.status, again.json), (201, edited));
    // What it says now was not what was sent under this id.
    assert_eq!(ada.post(&messages, send("first")).await.unwrap().status, 409);
}

async fn only_who_wrote_it_edits_it(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (direct, path) = written(&ada, "mine").await;
    let mut watching = ada.connect().await.unwrap();
    let refused = bob.patch(&path, json!({"body": "his"})).await.unwrap();
    assert_eq!((refused.status, &refused.json["code"]), (403, &json!("forbidden")));
    assert_eq!(watching.drained().await.unwrap(), []);
    let history = ada.get(&format!("/conversations/{direct}/messages")).await.unwrap().json;
    assert_eq!(history["items"][0]["body"], "mine");
}

async fn what_is_not_there_and_what_is_not_yours_to_see_look_alike(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let (direct, path) = written(&ada, "secret").await;
    let own = eve.direct("fay").await.unwrap();
    let absent = |person: &Person, path: String| {
        let person = person.clone();
        async move {
            let edit = person.patch(&path, json!({"body": "x"})).await.unwrap();
            let versions = person.get(&format!("{path}/versions")).await.unwrap();
            assert_eq!((edit.status, versions.status), (404, 404), "{path}");
            (edit.json, versions.json)
        }
    };
    let foreign = absent(&eve, path).await;
    let nowhere = absent(&eve, format!("/conversations/{}/messages/{}", uuid(77), uuid(1))).await;
    assert_eq!(foreign, nowhere);
    // A message of one conversation is not in another.
    let elsewhere = absent(&eve, format!("/conversations/{own}/messages/{}", uuid(1))).await;
    let missing = absent(&eve, format!("/conversations/{own}/messages/{}", uuid(78))).await;
    assert_eq!(elsewhere, missing);
    let wrong =
        ada.patch(&format!("/conversations/{direct}/messages/x"), json!({"body": "x"})).await.unwrap();
    assert_eq!((wrong.status, &wrong.json["field"]), (400, &json!("message_id")));
}

async fn beyond_the_window_it_is_too_late(backend: Backend) {
    let limits = [("PARLOR_LIMITS_EDIT_WINDOW_MS", "60000")];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let ada = server.person("ada").unwrap();
    let (_, path) = written(&ada, "0").await;
    server.environment.advance_ms(60_000);
    assert_eq!(ada.patch(&path, json!({"body": "in time"})).await.unwrap().status, 200);
    server.environment.advance_ms(1);
    let late = ada.patch(&path, json!({"body": "late"})).await.unwrap();
    assert_eq!(
        (late.status, &late.json["code"], &late.json["limit"]),
        (409, &json!("too_late"), &json!(60_000))
    );
    assert!(late.json["message"].as_str().unwrap().contains("edit_window_ms"));
}

async fn a_text_is_checked_as_when_it_is_sent(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let (_, path) = written(&ada, "0").await;
    let text = |bytes| json!({"body": "x".repeat(bytes)});
    assert_eq!(ada.patch(&path, text(16_384)).await.unwrap().status, 200);
    let large = ada.patch(&path, text(16_385)).await.unwrap();
    assert_eq!((large.status, &large.json["limit"]), (413, &json!(16_384)));
    for blank in ["", " \n", "\u{200b}"] {
        assert_eq!(ada.patch(&path, json!({"body": blank})).await.unwrap().status, 400);
    }
}

async fn many_edits_at_once_are_all_kept(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let (direct, path) = written(&ada, "0").await;
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let mut last = 0;
    for text in 1..=50 {
        let edit = json!({"conversation_id": direct, "id": uuid(1), "body": text.to_string()});
        last = from.start("message:edit", edit).await.unwrap();
    }
    assert_eq!(from.acknowledged(last).await.unwrap()["message"]["body"], "50");
    for text in 1..=50 {
        let told = to.next("message:updated").await.unwrap();
        assert_eq!((&told["body"], &told["rev"]), (&json!(text.to_string()), &json!(text + 1)));
    }
    // As large as texts may be, an answer holds few of them.
    let (mut kept, mut cursor) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = bob.get(&format!("{path}/versions?limit=200{cursor}")).await.unwrap().json;
        let items = page["items"].as_array().unwrap();
        kept.extend(items.iter().map(|item| item["body"].as_str().unwrap().parse::<i64>().unwrap()));
        cursor = page["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    assert!(kept.iter().rev().copied().eq(0..50), "{kept:?}");
    assert_eq!(cursor, "");
}

async fn an_edit_right_after_its_send_finds_the_message(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    let say = |body: &str| json!({"conversation_id": direct, "id": uuid(5), "body": body});
    let sent = socket.start("message:send", say("frist")).await.unwrap();
    let edited = socket.start("message:edit", say("first")).await.unwrap();
    assert_eq!(socket.acknowledged(sent).await.unwrap()["message"]["body"], "frist");
    assert_eq!(socket.acknowledged(edited).await.unwrap()["message"]["body"], "first");
}
