//! What is wrong is refused by name, and the connection lives on.

use http::Method;
use serde_json::{Value, json};
use testkit::Backend;

use crate::{on_both, start};

on_both!(events_name_what_is_wrong_with_them, rest_names_what_is_wrong, bodies_are_taken_up_to_their_limit);

async fn events_name_what_is_wrong_with_them(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let id = ada.direct("bob").await.unwrap();
    let mut socket = ada.connect().await.unwrap();
    let long = "x".repeat(16 * 1024 + 1);
    let people: Vec<String> = (0..256).map(|i| format!("user-{i}")).collect();
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("nonsense", json!({}), "invalid", "event"),
        ("message:send", json!(null), "invalid", ""),
        ("message:send", json!("text"), "invalid", ""),
        ("message:send", json!([]), "invalid", ""),
        ("message:send", json!({}), "invalid", "conversation_id"),
        ("message:send", json!({"conversation_id": 5, "body": "x"}), "invalid", "conversation_id"),
        ("message:send", json!({"conversation_id": "5", "body": "x"}), "invalid", "conversation_id"),
        ("message:send", json!({"conversation_id": id}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": null}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": ["x"]}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": ""}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": " \u{200b}\n"}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": "a\u{0}b"}), "invalid", "body"),
        ("message:send", json!({"conversation_id": id, "body": long}), "too_large", "body"),
        ("message:send", json!({"conversation_id": id, "body": "x".repeat(70_000)}), "too_large", ""),
        ("message:send", json!({"conversation_id": id, "id": "x", "body": "x"}), "invalid", "id"),
        ("message:send", json!({"conversation_id": id, "id": 7, "body": "x"}), "invalid", "id"),
        ("message:list", json!({"conversation_id": id, "cursor": "%%%"}), "invalid", "cursor"),
        ("message:list", json!({"conversation_id": id, "before_seq": "5"}), "invalid", "before_seq"),
        ("message:list", json!({"conversation_id": id, "limit": -1}), "invalid", "limit"),
        ("conversation:list", json!({"cursor": "bm9uZQ"}), "invalid", "cursor"),
        ("conversation:read", json!({"id": id, "seq": -1}), "invalid", "seq"),
        ("conversation:read", json!({"id": id, "seq": 9_223_372_036_854_775_808_u64}), "invalid", "seq"),
        ("conversation:read", json!({"id": id, "seq": 1.5}), "invalid", "seq"),
        ("conversation:create", json!({"kind": "party"}), "invalid", "kind"),
        ("conversation:create", json!({"kind": "direct"}), "invalid", "user_id"),
        ("conversation:create", json!({"kind": "direct", "user_id": 5}), "invalid", "user_id"),
        (
            "conversation:create",
            json!({"kind": "group", "name": "x", "user_ids": "bob"}),
            "invalid",
            "user_ids",
        ),
        ("message:send", json!([id, null, "by position"]), "invalid", ""),
        ("conversation:create", json!({"kind": "direct", "user_id": ""}), "invalid", "user_id"),
        ("conversation:create", json!({"kind": "direct", "user_id": "x".repeat(129)}), "invalid", "user_id"),
        ("conversation:create", json!({"kind": "group", "name": " ", "user_ids": []}), "invalid", "name"),
        (
            "conversation:create",
            json!({"kind": "group", "name": "\u{200b}", "user_ids": []}),
            "invalid",
            "name",
        ),
        (
            "conversation:create",
            json!({"kind": "group", "name": "a\u{0}b", "user_ids": []}),
            "invalid",
            "name",
        ),
        (
            "conversation:create",
            json!({"kind": "group", "name": "x".repeat(101), "user_ids": []}),
            "invalid",
            "name",
        ),
        (
            "conversation:create",
            json!({"kind": "group", "name": "x", "user_ids": people}),
            "limit_reached",
            "user_ids",
        ),
        ("sync", json!({"heads": {"not a uuid": 1}}), "invalid", "heads"),
        ("sync", json!({"cursor": "x"}), "invalid", "cursor"),
    ];
    for (event, argument, code, field) in cases {
        let shown: String = argument.to_string().chars().take(80).collect();
        let answer = socket.emit(event, argument).await.unwrap();
        assert_eq!(answer["ok"], false, "{event} {shown}");
        assert_eq!(answer["error"]["code"], code, "{event} {shown}: {answer}");
        assert_eq!(answer["error"]["field"].as_str().unwrap_or_default(), field, "{event} {shown}: {answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    assert_eq!(
        socket.emit("message:list", json!({"conversation_id": id})).await.unwrap()["items"],
        json!([])
    );
}

async fn rest_names_what_is_wrong(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let id = ada.direct("bob").await.unwrap();
    let messages = format!("/conversations/{id}/messages");
    let read = format!("/conversations/{id}/read");
    /// Method, path, body; status, code, field.
    type Case<'a> = (Method, &'a str, Option<String>, u16, &'a str, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (Method::GET, "/nowhere", None, 404, "not_found", ""),
        (Method::GET, "/conversations/5", None, 400, "invalid", "id"),
        (Method::GET, "/conversations?limit=many", None, 400, "invalid", "limit"),
        (Method::POST, "/conversations", Some("{".into()), 400, "invalid", ""),
        (Method::POST, "/conversations", Some("[]".into()), 400, "invalid", ""),
        (
            Method::POST,
            "/conversations",
            Some(json!({"kind": "direct"}).to_string()),
            400,
            "invalid",
            "user_id",
        ),
        (Method::POST, &messages, Some(json!({"body": ""}).to_string()), 400, "invalid", "body"),
        (
            Method::POST,
            &messages,
            Some(json!({"body": "x".repeat(16_385)}).to_string()),
            413,
            "too_large",
            "body",
        ),
        (Method::POST, &messages, Some("x".repeat(70_000)), 413, "too_large", ""),
        (Method::POST, &read, Some(json!({"seq": -1}).to_string()), 400, "invalid", "seq"),
        (Method::POST, "/sync", Some(json!({"heads": []}).to_string()), 400, "invalid", "heads"),
    ];
    for (method, path, body, status, code, field) in cases {
        let answer = ada.call(method, path, body).await.unwrap();
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (status, "application/problem+json"),
            "{path}"
        );
        assert_eq!(answer.json["code"], code, "{path}: {}", answer.json);
        assert_eq!(answer.json["field"].as_str().unwrap_or_default(), field, "{path}: {}", answer.json);
        assert_eq!(answer.json["status"], status);
    }
}

async fn bodies_are_taken_up_to_their_limit(backend: Backend) {
    let server = start(backend).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let id = ada.direct("bob").await.unwrap();
    let (mut from, mut to) = (ada.connect().await.unwrap(), bob.connect().await.unwrap());
    let quotes = "\"".repeat(1000);
    for body in ["x".repeat(16 * 1024), "👩‍👩‍👧".into(), quotes, "</script><img src=x onerror=alert(1)>".into()]
    {
        let argument = json!({"conversation_id": id, "body": body});
        assert_eq!(from.emit("message:send", argument).await.unwrap()["ok"], true);
        assert_eq!(to.next("message:new").await.unwrap()["body"], body.as_str());
    }
}
