//! Reading: marks that only grow, and counts that follow.

use http::Method;
use serde_json::{Value, json};
use testkit::{Backend, Person, Socket, TestServer};

use crate::{on_both, start};

on_both!(
    messages_of_others_are_unread_until_read,
    a_mark_moves_forward_only_and_not_beyond_the_head,
    the_readers_other_devices_are_told_his_counts_and_nobody_else,
    who_wrote_is_told_what_came_and_what_was_read,
    many_messages_read_at_once_are_one_event,
    only_small_conversations_are_told_and_all_can_ask,
    who_hides_receipts_shows_none_and_sees_none,
    receipts_of_strangers_and_of_nonsense_are_refused,
);

async fn unread(person: &Person) -> Vec<i64> {
    let list = person.get("/conversations").await.unwrap().json;
    list["items"].as_array().unwrap().iter().map(|c| c["unread"].as_i64().unwrap()).collect()
}

async fn say(person: &Person, conversation: &str, times: usize) {
    for _ in 0..times {
        person.post(&format!("/conversations/{conversation}/messages"), json!({"body": "x"})).await.unwrap();
    }
}

async fn read(person: &Person, conversation: &str, seq: i64) -> Value {
    person.post(&format!("/conversations/{conversation}/read"), json!({"seq": seq})).await.unwrap().json
}

async fn messages_of_others_are_unread_until_read(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 3).await;
    say(&bob, &direct, 2).await;
    assert_eq!((unread(&ada).await, unread(&bob).await), (vec![2], vec![3]));
    assert_eq!(read(&bob, &direct, 2).await, json!({"read_seq": 2, "unread": 1}));
    assert_eq!(unread(&bob).await, [1]);
    assert_eq!(read(&bob, &direct, 5).await, json!({"read_seq": 5, "unread": 0}));
    assert_eq!((unread(&ada).await, unread(&bob).await), (vec![2], vec![0]));
}

async fn a_mark_moves_forward_only_and_not_beyond_the_head(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 4).await;
    assert_eq!(read(&bob, &direct, i64::MAX).await["read_seq"], 4);
    assert_eq!(read(&bob, &direct, 1).await, json!({"read_seq": 4, "unread": 0}));
    say(&ada, &direct, 1).await;
    assert_eq!(unread(&bob).await, [1], "what came after reading beyond the head is unread");
}

async fn the_readers_other_devices_are_told_his_counts_and_nobody_else(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let garden = ada.group("Garden", &["bob"]).await.unwrap();
    say(&ada, &direct, 2).await;
    say(&ada, &garden, 3).await;
    let (mut phone, mut desk, mut other) =
        (bob.connect().await.unwrap(), bob.connect().await.unwrap(), ada.connect().await.unwrap());
    let answer = phone.emit("conversation:read", json!({"id": direct, "seq": 1})).await.unwrap();
    assert_eq!(answer, json!({"ok": true, "read_seq": 1, "unread": 1}));
    for device in [&mut phone, &mut desk] {
        let told = device.next("unread:changed").await.unwrap();
        assert_eq!(told["conversation_id"], direct.as_str());
        assert_eq!((&told["read_seq"], &told["head_seq"]), (&json!(1), &json!(2)));
        assert_eq!((&told["unread"], &told["total"]), (&json!(1), &json!(4)));
        assert_eq!((&told["prev_user_rev"], &told["user_rev"]), (&json!(2), &json!(3)));
    }
    // A mark that does not move is no news.
    phone.emit("conversation:read", json!({"id": direct, "seq": 1})).await.unwrap();
    assert_eq!(desk.drained().await.unwrap(), []);
    let told: Vec<String> = other.drained().await.unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(told, ["receipt:read"]);
}

async fn deliver(person: &Person, conversation: &str, seq: i64) -> (u16, Value) {
    let path = format!("/conversations/{conversation}/delivered");
    let answer = person.post(&path, json!({"seq": seq})).await.unwrap();
    (answer.status, answer.json)
}

async fn receipts(person: &Person, conversation: &str) -> Value {
    person.get(&format!("/conversations/{conversation}/receipts")).await.unwrap().json["items"].clone()
}

/// Who has seen the first message, of those who show it.
async fn seen_by(person: &Person, conversation: &str) -> Vec<Value> {
    let path = format!("/conversations/{conversation}/messages");
    let page = person.get(&format!("{path}?limit=200")).await.unwrap().json;
    let id = page["items"].as_array().unwrap().last().unwrap()["id"].clone();
    let seen = person.get(&format!("{path}/{}/receipts", id.as_str().unwrap())).await.unwrap().json;
    seen["items"].as_array().unwrap().clone()
}

async fn show_receipts(person: &Person, receipts: bool) {
    let body = json!({"receipts": receipts}).to_string();
    let answer = person.call(Method::PATCH, "/me/settings", Some(body)).await.unwrap();
    assert_eq!((answer.status, &answer.json["receipts"]), (200, &json!(receipts)));
}

async fn names(socket: &mut Socket) -> Vec<String> {
    socket.drained().await.unwrap().into_iter().map(|(name, _)| name).collect()
}

async fn who_wrote_is_told_what_came_and_what_was_read(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 3).await;
    let (mut wrote, mut reads) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let answer = reads.emit("conversation:delivered", json!({"id": direct, "seq": i64::MAX})).await.unwrap();
    assert_eq!(answer, json!({"ok": true, "delivered_seq": 3}));
    let came = wrote.next("receipt:delivered").await.unwrap();
    assert_eq!(
        (&came["conversation_id"], &came["user_id"], &came["seq"]),
        (&json!(direct), &json!("bob"), &json!(3))
    );
    // What is known is not told again, nor what came after it was read.
    assert_eq!(deliver(&bob, &direct, 2).await, (200, json!({"delivered_seq": 2})));
    read(&bob, &direct, 2).await;
    let was_read = wrote.next("receipt:read").await.unwrap();
    assert_eq!((&was_read["user_id"], &was_read["seq"]), (&json!("bob"), &json!(2)));
    let state = json!([{"user_id": "bob", "delivered": {"seq": 3, "at": came["at"]},
        "read": {"seq": 2, "at": was_read["at"]}}]);
    assert_eq!(receipts(&ada, &direct).await, state);
    let seen = &seen_by(&ada, &direct).await[0];
    assert_eq!((&seen["user"]["id"], &seen["read_at"]), (&json!("bob"), &was_read["at"]));
    assert_eq!(seen["delivered_at"], came["at"]);
    assert_eq!(names(&mut reads).await, ["unread:changed"], "the reader is told his counts only");
    assert_eq!(names(&mut wrote).await, [""; 0]);
}

async fn many_messages_read_at_once_are_one_event(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_SEND_RATE", "off")]).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 100).await;
    assert_eq!(unread(&bob).await, [100]);
    let mut wrote = ada.connect().await.unwrap();
    read(&bob, &direct, 100).await;
    assert_eq!(names(&mut wrote).await, ["receipt:read"]);
}

async fn only_small_conversations_are_told_and_all_can_ask(backend: Backend) {
    let server = TestServer::with(backend, &[("PARLOR_LIMITS_RECEIPT_MEMBERS", "3")]).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let small = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    let large = ada.group("Park", &["bob", "cleo", "dan"]).await.unwrap();
    for (conversation, told) in [(&small, vec!["receipt:read"]), (&large, vec![])] {
        say(&ada, conversation, 1).await;
        let mut wrote = ada.connect().await.unwrap();
        read(&bob, conversation, 1).await;
        assert_eq!(names(&mut wrote).await, told);
        let seen = seen_by(&ada, conversation).await;
        assert_eq!((seen.len(), &seen[0]["user"]["id"]), (1, &json!("bob")));
        let read = receipts(&ada, conversation).await;
        assert_eq!(read.as_array().unwrap().iter().filter(|one| one["read"]["seq"] == 1).count(), 1);
        let refused = deliver(&bob, conversation, 1).await;
        assert_eq!((refused.0, &refused.1["field"]), (400, &json!("id")), "in direct ones only");
    }
}

async fn who_hides_receipts_shows_none_and_sees_none(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 2).await;
    say(&bob, &direct, 2).await;
    show_receipts(&bob, false).await;
    let (mut one, mut other) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    deliver(&bob, &direct, 3).await;
    read(&bob, &direct, 4).await;
    assert_eq!(names(&mut one).await, [""; 0], "she is told nothing of him");
    assert_eq!(names(&mut other).await, ["unread:changed"]);
    read(&ada, &direct, 4).await;
    assert_eq!(names(&mut other).await, [""; 0], "nor he of her");
    assert_eq!((receipts(&ada, &direct).await, receipts(&bob, &direct).await), (json!([]), json!([])));
    assert_eq!((seen_by(&ada, &direct).await, seen_by(&bob, &direct).await), (vec![], vec![]));
    show_receipts(&bob, true).await;
    assert_eq!(receipts(&bob, &direct).await[0]["read"]["seq"], 4);
    assert_eq!(receipts(&ada, &direct).await, json!([{"user_id": "bob"}]), "what he hid stays hidden");
}

async fn receipts_of_strangers_and_of_nonsense_are_refused(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, 1).await;
    let page = ada.get(&format!("/conversations/{direct}/messages")).await.unwrap().json;
    let id = page["items"][0]["id"].as_str().unwrap();
    assert_eq!(deliver(&eve, &direct, 1).await.0, 404);
    assert_eq!(deliver(&ada, &direct, -1).await.0, 400);
    let elsewhere = eve.direct("bob").await.unwrap();
    for path in [
        format!("/conversations/{direct}/receipts"),
        format!("/conversations/{direct}/messages/{id}/receipts"),
        // A message of another conversation is no message of this one.
        format!("/conversations/{elsewhere}/messages/{id}/receipts"),
    ] {
        assert_eq!(eve.get(&path).await.unwrap().status, 404, "{path}");
    }
}
