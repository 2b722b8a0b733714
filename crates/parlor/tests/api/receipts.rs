//! Reading: marks that only grow, and counts that follow.

use serde_json::{Value, json};
use testkit::{Backend, Person};

use crate::{on_both, start};

on_both!(
    messages_of_others_are_unread_until_read,
    a_mark_moves_forward_only_and_not_beyond_the_head,
    the_readers_other_devices_are_told_and_nobody_else,
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

async fn the_readers_other_devices_are_told_and_nobody_else(backend: Backend) {
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
    assert_eq!(other.drained().await.unwrap(), []);
}
