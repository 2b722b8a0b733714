//! Replies: a message quotes another of its conversation, as that one is now.

use serde_json::{Value, json};
use testkit::{Answer, Backend, Person};

use crate::{on_both, start, uuid};

on_both!(
    a_reply_brings_what_it_quotes,
    a_quote_is_of_the_message_as_it_is_now,
    what_is_not_in_the_conversation_is_not_quoted,
    a_retry_is_answered_whatever_became_of_the_original,
    what_is_quoted_belongs_to_the_request,
);

async fn say(who: &Person, conversation: &str, message: Value) -> Answer {
    who.post(&format!("/conversations/{conversation}/messages"), message).await.unwrap()
}

async fn a_reply_brings_what_it_quotes(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, json!({"id": uuid(1), "body": "é".repeat(201)})).await;
    let mut watching = ada.connect().await.unwrap();
    let mut from = bob.connect().await.unwrap();
    let reply = json!({"conversation_id": direct, "id": uuid(2), "body": "yes", "reply_to": uuid(1)});
    let sent = from.emit("message:send", reply).await.unwrap()["message"].clone();
    let quote = json!({"id": uuid(1), "seq": 1, "sender_id": "ada", "body": "é".repeat(200)});
    assert_eq!(sent["reply_to"], quote);
    assert_eq!(watching.next("message:new").await.unwrap(), sent);
    let history = ada.get(&format!("/conversations/{direct}/messages")).await.unwrap().json;
    assert_eq!(history["items"][0], sent);
    assert!(history["items"][1].get("reply_to").is_none());
    let listed = ada.get("/conversations").await.unwrap().json;
    assert_eq!(listed["items"][0]["last_message"], sent);
    let user_rev = ada.get("/me").await.unwrap().json["user_rev"].clone();
    let synced = ada.post("/sync", json!({"user_rev": user_rev, "heads": {direct: 1}})).await.unwrap().json;
    assert_eq!(synced["conversations"][0]["changes"], json!([{"event": "message:new", "data": sent}]));
}

async fn a_quote_is_of_the_message_as_it_is_now(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, json!({"id": uuid(1), "body": "frist"})).await;
    say(&bob, &direct, json!({"id": uuid(2), "body": "what?", "reply_to": uuid(1)})).await;
    let path = format!("/conversations/{direct}/messages");
    let quote = async || bob.get(&path).await.unwrap().json["items"][0]["reply_to"].clone();
    ada.patch(&format!("{path}/{}", uuid(1)), json!({"body": "first"})).await.unwrap();
    assert_eq!(quote().await, json!({"id": uuid(1), "seq": 1, "sender_id": "ada", "body": "first"}));
    ada.delete(&format!("{path}/{}?for=everyone", uuid(1))).await.unwrap();
    assert_eq!(quote().await, json!({"id": uuid(1), "seq": 1, "sender_id": "ada"}));
    let after = say(&bob, &direct, json!({"body": "to nothing", "reply_to": uuid(1)})).await;
    assert_eq!((after.status, &after.json["code"]), (404, &json!("not_found")));
}

async fn what_is_not_in_the_conversation_is_not_quoted(backend: Backend) {
    let server = start(backend).await;
    let (ada, eve) = (server.person("ada").unwrap(), server.person("eve").unwrap());
    let (direct, own) = (ada.direct("bob").await.unwrap(), eve.group("Own", &["ada"]).await.unwrap());
    say(&ada, &direct, json!({"id": uuid(1), "body": "secret"})).await;
    let mut watching = ada.connect().await.unwrap();
    // Eve is not in the one; Ada is in both.
    for who in [&eve, &ada] {
        let foreign = say(who, &own, json!({"body": "x", "reply_to": uuid(1)})).await;
        let absent = say(who, &own, json!({"body": "x", "reply_to": uuid(77)})).await;
        assert_eq!((foreign.status, foreign.json), (404, absent.json));
    }
    let wrong = say(&ada, &direct, json!({"body": "x", "reply_to": "1"})).await;
    assert_eq!((wrong.status, &wrong.json["field"]), (400, &json!("reply_to")));
    assert_eq!(watching.drained().await.unwrap(), []);
}

async fn a_retry_is_answered_whatever_became_of_the_original(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    say(&ada, &direct, json!({"id": uuid(1), "body": "asked"})).await;
    let reply = json!({"id": uuid(2), "body": "answered", "reply_to": uuid(1)});
    let first = say(&ada, &direct, reply.clone()).await;
    assert_eq!(say(&ada, &direct, reply.clone()).await.json, first.json);
    ada.delete(&format!("/conversations/{direct}/messages/{}?for=everyone", uuid(1))).await.unwrap();
    let again = say(&ada, &direct, reply).await;
    let mut expected = first.json.clone();
    expected["reply_to"].as_object_mut().unwrap().remove("body");
    assert_eq!((again.status, again.json), (201, expected));
}

async fn what_is_quoted_belongs_to_the_request(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    for number in [1, 2] {
        say(&ada, &direct, json!({"id": uuid(number), "body": "asked"})).await;
    }
    say(&ada, &direct, json!({"id": uuid(3), "body": "answered", "reply_to": uuid(1)})).await;
    for other in [json!({}), json!({"reply_to": uuid(2)})] {
        let mut message = json!({"id": uuid(3), "body": "answered"});
        message.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        assert_eq!(say(&ada, &direct, message).await.status, 409);
    }
}
