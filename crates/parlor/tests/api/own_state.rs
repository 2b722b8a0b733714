//! What a conversation is for one user alone: archived, muted, pinned, marked as unread, deleted for him.

use http::Method;
use serde_json::{Value, json};
use testkit::{Answer, Backend, Person};

use crate::{on_both, start};

on_both!(
    what_is_set_is_told_to_his_own_devices_alone,
    what_cannot_be_set_is_refused,
    a_mark_as_unread_goes_by_reading,
    a_deleted_conversation_is_gone_for_him_until_the_next_message,
    nobody_learns_that_a_conversation_was_deleted,
    settings_at_once_are_all_kept,
);

async fn set(who: &Person, id: &str, change: Value) -> Answer {
    let path = format!("/conversations/{id}/state");
    who.call(Method::PATCH, &path, Some(change.to_string())).await.unwrap()
}

async fn what_is_set_is_told_to_his_own_devices_alone(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.direct("bob").await.unwrap();
    let (mut desk, mut phone, mut to_bob) =
        (ada.connect().await.unwrap(), ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let change = json!({"conversation_id": id, "archived": true, "pinned": true, "muted": true});
    let answer = desk.emit("state:set", change).await.unwrap();
    assert_eq!(answer["ok"], true, "{answer}");
    let state = answer["state"].clone();
    assert_eq!(
        (&state["archived"], &state["muted_until"]),
        (&json!(true), &json!("9999-01-01T00:00:00.000Z"))
    );
    assert!(state.get("marked_unread").is_none() && state["pinned_at"].is_string());
    for device in [&mut desk, &mut phone] {
        let told = device.next("state:changed").await.unwrap();
        assert_eq!((&told["conversation_id"], &told["state"]), (&json!(id), &state));
        assert_eq!((&told["prev_user_rev"], &told["user_rev"]), (&json!(1), &json!(2)));
    }
    let listed = ada.get("/conversations").await.unwrap().json;
    assert_eq!(listed["items"][0]["state"], state);
    let same = set(&ada, &id, json!({"archived": true})).await;
    assert_eq!((same.status, &same.json), (200, &state), "nothing new");
    let back = set(&ada, &id, json!({"archived": false, "pinned": false, "muted": false})).await;
    assert_eq!(back.json, json!({}));
    assert!(ada.get(&format!("/conversations/{id}")).await.unwrap().json.get("state").is_none());
    assert_eq!(desk.drained().await.unwrap().len(), 1);
    assert_eq!(to_bob.drained().await.unwrap(), []);
    assert!(bob.get(&format!("/conversations/{id}")).await.unwrap().json.get("state").is_none());
}

async fn what_cannot_be_set_is_refused(backend: Backend) {
    let server = start(backend).await;
    let [ada, eve] = ["ada", "eve"].map(|name| server.person(name).unwrap());
    let id = ada.direct("bob").await.unwrap();
    for change in [
        json!({"muted_until": "2001-01-01T00:00:00.000Z"}),
        json!({"muted": false, "muted_until": "2090-01-01T00:00:00.000Z"}),
        json!({"muted_until": "soon"}),
    ] {
        let refused = set(&ada, &id, change.clone()).await;
        assert_eq!((refused.status, &refused.json["field"]), (400, &json!("muted_until")), "{change}");
    }
    assert_eq!(set(&ada, &id, json!({"archived": "yes"})).await.json["field"], "archived");
    let absent = "00000000-0000-0000-0000-000000000000";
    for (who, id) in [(&eve, id.as_str()), (&ada, absent)] {
        assert_eq!(set(who, id, json!({"archived": true})).await.status, 404);
        assert_eq!(who.delete(&format!("/conversations/{id}")).await.unwrap().status, 404);
    }
}

async fn a_mark_as_unread_goes_by_reading(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.direct("bob").await.unwrap();
    let path = format!("/conversations/{id}");
    bob.post(&format!("{path}/messages"), json!({"body": "hi"})).await.unwrap();
    ada.post(&format!("{path}/read"), json!({"seq": 1})).await.unwrap();
    let mut to_ada = ada.connect().await.unwrap();
    let marked = set(&ada, &id, json!({"marked_unread": true, "pinned": true})).await.json;
    assert_eq!(marked["marked_unread"], true);
    assert_eq!(ada.get(&path).await.unwrap().json["unread"], 0);
    to_ada.next("state:changed").await.unwrap();
    ada.post(&format!("{path}/read"), json!({"seq": 1})).await.unwrap();
    let told = to_ada.next("unread:changed").await.unwrap();
    assert_eq!((&told["unread"], told.get("marked_unread")), (&json!(0), None));
    let state = ada.get(&path).await.unwrap().json["state"].clone();
    assert_eq!(state, json!({"pinned_at": marked["pinned_at"]}));
}

async fn a_deleted_conversation_is_gone_for_him_until_the_next_message(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.direct("bob").await.unwrap();
    let path = format!("/conversations/{id}");
    let say = async |body: &str| {
        let sent = ada.post(&format!("{path}/messages"), json!({"body": body})).await.unwrap();
        sent.json["id"].as_str().unwrap().to_owned()
    };
    let before = say("before").await;
    let mut to_bob = bob.connect().await.unwrap();
    let deleted = to_bob.emit("conversation:delete", json!({"id": id})).await.unwrap();
    assert_eq!((&deleted["ok"], &deleted["state"]), (&json!(true), &json!({"deleted_seq": 1})));
    let counted = to_bob.next("unread:changed").await.unwrap();
    assert_eq!(
        (&counted["unread"], &counted["total"], &counted["read_seq"]),
        (&json!(0), &json!(0), &json!(1))
    );
    assert_eq!(bob.get("/conversations").await.unwrap().json["items"], json!([]));
    assert_eq!(bob.history(&id).await.unwrap(), Vec::<Value>::new());
    // What is gone cannot be edited, answered or reacted to: it is not there for him.
    let to_react = json!({"emoji": "👍", "on": true});
    let reacted = bob.post(&format!("{path}/messages/{before}/reactions"), to_react).await.unwrap();
    let answered =
        bob.post(&format!("{path}/messages"), json!({"body": "x", "reply_to": before})).await.unwrap();
    let read = bob.get(&format!("{path}/messages/{before}/versions")).await.unwrap();
    assert_eq!((reacted.status, answered.status, read.status), (404, 404, 404));
    say("after").await;
    let items = bob.get("/conversations").await.unwrap().json["items"].clone();
    assert_eq!((&items[0]["id"], &items[0]["unread"]), (&json!(id), &json!(1)));
    assert_eq!(items[0]["last_message"]["body"], "after");
    let history = bob.history(&id).await.unwrap();
    assert_eq!(history.iter().map(|message| &message["body"]).collect::<Vec<_>>(), ["after"]);
    assert_eq!(ada.history(&id).await.unwrap().len(), 2);
}

async fn nobody_learns_that_a_conversation_was_deleted(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    let id = ada.direct("bob").await.unwrap();
    ada.post(&format!("/conversations/{id}/messages"), json!({"body": "hi"})).await.unwrap();
    let before = ada.get(&format!("/conversations/{id}")).await.unwrap().json;
    let mut to_ada = ada.connect().await.unwrap();
    assert_eq!(bob.delete(&format!("/conversations/{id}")).await.unwrap().status, 204);
    assert_eq!(to_ada.drained().await.unwrap(), []);
    assert_eq!(ada.get(&format!("/conversations/{id}")).await.unwrap().json, before);
    // The pair's conversation is the same one, whoever begins.
    assert_eq!(bob.direct("ada").await.unwrap(), id);
}

async fn settings_at_once_are_all_kept(backend: Backend) {
    let server = start(backend).await;
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name).unwrap());
    for _ in 0..20 {
        let id = bob.group("Garden", &["ada"]).await.unwrap();
        let (a, b, c, d) = tokio::join!(
            set(&ada, &id, json!({"archived": true})),
            set(&ada, &id, json!({"pinned": true})),
            set(&ada, &id, json!({"muted": true})),
            set(&ada, &id, json!({"marked_unread": true})),
        );
        assert_eq!([a.status, b.status, c.status, d.status], [200; 4]);
        let state = ada.get(&format!("/conversations/{id}")).await.unwrap().json["state"].clone();
        assert_eq!(state.as_object().unwrap().len(), 4, "{state}");
    }
}
