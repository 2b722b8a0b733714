//! Connections that take their events too slowly.

use serde_json::json;
use testkit::{Backend, Socket, TestServer};

use crate::{on_both, uuid};

on_both!(a_client_that_syncs_is_told_to_and_gets_everything);

/// More than the kernel takes for a client that does not read.
const MESSAGES: u128 = 500;

async fn a_client_that_syncs_is_told_to_and_gets_everything(backend: Backend) {
    let limits = [
        ("PARLOR_LIMITS_OUTBOUND_QUEUE_FRAMES", "8"),
        ("PARLOR_LIMITS_WRITE_STALL_MS", "600000"),
        ("PARLOR_LIMITS_SEND_RATE", "off"),
    ];
    let server = TestServer::with(backend, &limits).await.unwrap();
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let direct = ada.direct("bob").await.unwrap();
    let auth = json!({"token": bob.token, "sync": true});
    let mut socket = Socket::connect(server.address, "/", auth).await.unwrap();
    let path = format!("/conversations/{direct}/messages");
    for n in 1..=MESSAGES {
        let sent = ada.post(&path, json!({"id": uuid(n), "body": "x".repeat(16_384)})).await.unwrap();
        assert_eq!(sent.status, 201);
    }
    assert_eq!(socket.next("sync:needed").await.unwrap(), json!({}));
    let synced = socket.emit("sync", json!({"heads": {}})).await.unwrap();
    assert_eq!(synced["conversations"][0]["head"]["seq"], MESSAGES as u64, "{synced}");
}
