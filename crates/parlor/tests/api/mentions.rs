//! Mentions: who is named, for whom it counts, and what is refused.

use serde_json::{Value, json};
use testkit::{Answer, Backend, Person, TestServer};

use crate::{on_both, start, uuid};

on_both!(
    a_mention_is_shown_to_all_and_counts_for_whom_it_names,
    all_are_everybody_but_who_writes,
    what_is_unsent_hidden_or_read_does_not_count,
    nothing_counts_across_a_block_and_nobody_learns_of_one,
    one_more_than_allowed_is_refused,
    only_members_are_mentioned,
    a_retry_is_told_from_another_message_by_its_mentions,
);

async fn garden(server: &TestServer) -> (Person, Person, String) {
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let garden = ada.group("Garden", &["bob", "cleo"]).await.unwrap();
    (ada, bob, garden)
}

async fn say(who: &Person, conversation: &str, number: u128, mentions: Value) -> Answer {
    let message = json!({"id": uuid(number), "body": "@somebody", "mentions": mentions});
    who.post(&format!("/conversations/{conversation}/messages"), message).await.unwrap()
}

/// How many unread messages mention somebody: in the list, by a mark that moves nothing, and by sync.
async fn mentions(who: &Person, conversation: &str) -> i64 {
    let count = |value: &Value| value.get("mentions").map_or(0, |count| count.as_i64().unwrap());
    let seen = who.get(&format!("/conversations/{conversation}")).await.unwrap().json;
    let read =
        who.post(&format!("/conversations/{conversation}/read"), json!({"seq": 0})).await.unwrap().json;
    let synced = who.post("/sync", json!({})).await.unwrap().json;
    let synced = synced["conversations"].as_array().unwrap().iter().find(|one| one["id"] == conversation);
    assert_eq!([count(&read), count(synced.unwrap())], [count(&seen); 2]);
    count(&seen)
}

async fn a_mention_is_shown_to_all_and_counts_for_whom_it_names(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, garden) = garden(&server).await;
    let mut watching = bob.connect().await.unwrap();
    let named = json!({"user_ids": ["bob", "ada"]});
    let sent = say(&ada, &garden, 1, json!({"user_ids": ["bob", "ada", "bob"]})).await;
    assert_eq!((sent.status, &sent.json["mentions"]), (201, &named));
    assert_eq!(watching.next("message:new").await.unwrap(), sent.json);
    let listed = bob.get(&format!("/conversations/{garden}/messages")).await.unwrap().json;
    assert_eq!(listed["items"][0], sent.json);
    let cleo = server.person("cleo").unwrap();
    for (who, count) in [(&ada, 0), (&bob, 1), (&cleo, 0)] {
        assert_eq!(mentions(who, &garden).await, count);
    }
    let path = format!("/conversations/{garden}/messages/{}", uuid(1));
    let edited = ada.patch(&path, json!({"body": "hm"})).await.unwrap();
    assert_eq!(edited.json["mentions"], named, "an edit names whom it named");
    say(&ada, &garden, 2, json!({"user_ids": ["bob"]})).await;
    let read = bob.post(&format!("/conversations/{garden}/read"), json!({"seq": 1})).await.unwrap().json;
    assert_eq!(read, json!({"read_seq": 1, "unread": 1, "mentions": 1}));
    assert_eq!(watching.next("unread:changed").await.unwrap()["mentions"], 1);
    let plain = say(&ada, &garden, 3, json!({})).await.json;
    assert!(plain.get("mentions").is_none());
}

async fn all_are_everybody_but_who_writes(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, garden) = garden(&server).await;
    let sent = say(&ada, &garden, 1, json!({"all": true, "user_ids": ["bob"]})).await;
    assert_eq!(sent.json["mentions"], json!({"user_ids": ["bob"], "all": true}));
    let cleo = server.person("cleo").unwrap();
    for (who, count) in [(&ada, 0), (&bob, 1), (&cleo, 1)] {
        assert_eq!(mentions(who, &garden).await, count);
    }
}

async fn what_is_unsent_hidden_or_read_does_not_count(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, garden) = garden(&server).await;
    for number in 1..=4 {
        say(&ada, &garden, number, json!({"user_ids": ["bob"]})).await;
    }
    say(&ada, &garden, 5, json!({"all": true})).await;
    assert_eq!(mentions(&bob, &garden).await, 5);
    let path = |number| format!("/conversations/{garden}/messages/{}", uuid(number));
    let unsent = ada.delete(&format!("{}?for=everyone", path(4))).await.unwrap().json;
    assert!(unsent["message"].get("mentions").is_none());
    assert_eq!(mentions(&bob, &garden).await, 4);
    bob.delete(&format!("{}?for=me", path(5))).await.unwrap();
    assert_eq!(mentions(&bob, &garden).await, 3);
    bob.post(&format!("/conversations/{garden}/read"), json!({"seq": 2})).await.unwrap();
    assert_eq!(mentions(&bob, &garden).await, 1);
}

async fn nothing_counts_across_a_block_and_nobody_learns_of_one(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob, garden) = garden(&server).await;
    bob.put("/users/ada/block", json!({})).await.unwrap();
    let sent = say(&ada, &garden, 1, json!({"user_ids": ["bob", "cleo"]})).await;
    assert_eq!(sent.json["mentions"], json!({"user_ids": ["bob", "cleo"]}));
    assert_eq!(mentions(&bob, &garden).await, 0);
    // What one does oneself one knows.
    let sent = say(&bob, &garden, 2, json!({"user_ids": ["ada", "cleo"]})).await;
    assert_eq!(sent.json["mentions"], json!({"user_ids": ["cleo"]}));
    assert_eq!(mentions(&ada, &garden).await, 0);
    assert_eq!(mentions(&server.person("cleo").unwrap(), &garden).await, 2);
}

async fn one_more_than_allowed_is_refused(backend: Backend) {
    let limits = [("PARLOR_LIMITS_MENTIONS_PER_MESSAGE", "2")];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let (ada, _, garden) = garden(&server).await;
    assert_eq!(say(&ada, &garden, 1, json!({"user_ids": ["bob", "cleo"]})).await.status, 201);
    assert_eq!(say(&ada, &garden, 2, json!({"user_ids": ["bob"], "all": true})).await.status, 201);
    let refused = say(&ada, &garden, 3, json!({"user_ids": ["bob", "cleo"], "all": true})).await;
    assert_eq!(
        (refused.status, &refused.json["field"], &refused.json["limit"]),
        (400, &json!("mentions"), &json!(2))
    );
}

async fn only_members_are_mentioned(backend: Backend) {
    let server = start(backend).await;
    let (ada, _, garden) = garden(&server).await;
    // Somebody who is known, and somebody who is not, are the same here.
    server.person("eve").unwrap().direct("dan").await.unwrap();
    for stranger in ["eve", "nobody-at-all"] {
        let refused = say(&ada, &garden, 1, json!({"user_ids": [stranger]})).await;
        assert_eq!((refused.status, &refused.json["field"]), (400, &json!("mentions")));
        let message = refused.json["message"].as_str().unwrap().replace(stranger, "X");
        assert!(message.starts_with("X is not in this conversation"), "{message}");
    }
    assert_eq!(say(&ada, &garden, 1, json!({"user_ids": [""]})).await.status, 400);
    assert_eq!(say(&ada, &garden, 1, json!(["bob"])).await.status, 400);
}

async fn a_retry_is_told_from_another_message_by_its_mentions(backend: Backend) {
    let server = start(backend).await;
    let (ada, _, garden) = garden(&server).await;
    let first = say(&ada, &garden, 1, json!({"user_ids": ["bob"]})).await;
    assert_eq!(say(&ada, &garden, 1, json!({"user_ids": ["bob"]})).await.json, first.json);
    for other in [json!({}), json!({"user_ids": ["cleo"]}), json!({"user_ids": ["bob"], "all": true})] {
        assert_eq!(say(&ada, &garden, 1, other).await.status, 409);
    }
    // Whoever is named may have left before the retry comes.
    let people = format!("/conversations/{garden}/participants");
    assert_eq!(ada.delete(&format!("{people}/bob")).await.unwrap().status, 204);
    assert_eq!(say(&ada, &garden, 1, json!({"user_ids": ["bob"]})).await.json, first.json);
    assert_eq!(say(&ada, &garden, 2, json!({"user_ids": ["bob"]})).await.status, 400);
}
