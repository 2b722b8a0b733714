//! Starting, stopping, and what outlives it.

use serde_json::json;
use testkit::Backend;

use crate::{on_both, start, uuid};

on_both!(what_was_acknowledged_is_there_after_a_restart, a_drain_tells_clients_and_lets_them_come_back);

async fn what_was_acknowledged_is_there_after_a_restart(backend: Backend) {
    let server = start(backend).await;
    let ada = server.person("ada").unwrap();
    let direct = ada.direct("bob").await.unwrap();
    let path = format!("/conversations/{direct}/messages");
    let sent = ada.post(&path, json!({"id": uuid(1), "body": "still here"})).await.unwrap().json;
    let before = ada.get("/conversations").await.unwrap().json;

    let server = server.restart().await.unwrap();
    let ada = server.person("ada").unwrap();
    assert_eq!(ada.get("/conversations").await.unwrap().json, before);
    assert_eq!(ada.get(&path).await.unwrap().json["items"], json!([sent]));
    let retried = ada.post(&path, json!({"id": uuid(1), "body": "still here"})).await.unwrap();
    assert_eq!((retried.status, &retried.json), (201, &sent));
    let next = ada.post(&path, json!({"body": "next"})).await.unwrap().json;
    assert_eq!((&next["seq"], &next["prev_rev"]), (&json!(2), &json!(1)));
}

async fn a_drain_tells_clients_and_lets_them_come_back(backend: Backend) {
    let mut server = start(backend).await;
    let mut socket = server.person("ada").unwrap().connect().await.unwrap();
    let (stopped, told) = tokio::join!(server.stop(), socket.next("server:draining"));
    stopped.unwrap();
    assert!(told.unwrap()["reconnect_in_ms"].as_u64().unwrap() > 0);
    socket.closed().await.unwrap();
}
