//! Work in the background of a running server.

use std::sync::Arc;

use chat::{Effect, Environment, Plan};
use service::jobs::outbox::{Handlers, NotDone};
use store::{OutboxCounts, Store, StoreOptions};
use testkit::{Backend, TestServer};
use tokio::sync::mpsc;

use crate::on_both;

on_both!(an_effect_is_tried_as_often_as_the_configuration_says);

const LONGER_THAN_ANY_PAUSE_MS: i64 = 3_600_000;

async fn an_effect_is_tried_as_often_as_the_configuration_says(backend: Backend) {
    let (tried, mut attempts) = mpsc::unbounded_channel();
    let handlers = Handlers::default().with("mail", move |effect| {
        let _ = tried.send(effect.attempts);
        std::future::ready(Err(NotDone::Again("no answer".into())))
    });
    let limits = [("PARLOR_LIMITS_OUTBOX_ATTEMPTS", "2")];
    let mut server = TestServer::with_handlers(backend, &limits, handlers).await.unwrap();
    server.stop().await.unwrap();
    let now = server.environment.now();
    let mail =
        Effect { kind: "mail", dedupe_key: "1".into(), payload: String::new(), created_at: now, due_at: now };
    let store = Store::open(&server.database_url(), StoreOptions::default()).await.unwrap();
    store.commit(0, &[Arc::new(Plan { effects: vec![mail], ..Plan::default() })]).await.unwrap();
    store.close().await;

    let mut server = server.restart().await.unwrap();
    assert_eq!(attempts.recv().await, Some(1));
    // It ends what it is at.
    server.stop().await.unwrap();
    server.environment.advance_ms(LONGER_THAN_ANY_PAUSE_MS);
    let mut server = server.restart().await.unwrap();
    assert_eq!(attempts.recv().await, Some(2));
    server.stop().await.unwrap();
    let store = Store::open(&server.database_url(), StoreOptions::default()).await.unwrap();
    assert_eq!(store.outbox_counts().await.unwrap(), OutboxCounts { waiting: 0, failed: 1 });
    store.close().await;
}
