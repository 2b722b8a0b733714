//! What a batch costs PostgreSQL, counted on the wire.

use std::sync::Arc;

use chat::MessageId;
use store::{DatabaseUrl, Outcome, Store, StoreOptions};
use testkit::{CountingProxy, Database, proxy::Counts};

use crate::bed::Bed;

#[tokio::test]
async fn waiting_sends_cost_one_round_trip_and_one_statement() {
    let bed = Bed::postgres().await;
    let [ada] = bed.people(["ada"]).await;
    let mut rooms = Vec::new();
    for _ in 0..64 {
        let id = bed.group(&ada, &[]).await;
        rooms.push(bed.facts(id).await);
    }
    let DatabaseUrl::Postgres(url) = &bed.url else { panic!() };
    let (before_port, database) = url.rsplit_once('/').unwrap();
    let port = before_port.rsplit_once(':').unwrap().1.parse().unwrap();
    let proxy = CountingProxy::start(port).await.unwrap();
    let url = DatabaseUrl::Postgres(format!("postgres://postgres@{}/{database}", proxy.addr));
    let store = Store::open(&url, StoreOptions { lanes: 1, ..Default::default() }).await.unwrap();

    let mut costs = Vec::new();
    for sends in [8, 64] {
        let plan = |facts| Arc::new(bed.send_plan(&ada, facts, MessageId(bed.uuid()), "hi"));
        let plans: Vec<_> = rooms[..sends].iter().map(plan).collect();
        let before = proxy.counts();
        let outcomes = store.commit(0, &plans).await.unwrap();
        costs.push(proxy.counts() - before);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Committed(_))));
    }
    assert_eq!(costs, [Counts { round_trips: 1, statements: 1 }; 2]);
}

#[tokio::test]
async fn a_proxy_counts_each_wait() {
    let database = Database::create().await.unwrap();
    let proxy = CountingProxy::start(database.port).await.unwrap();
    let url = format!("postgres://postgres@{}/{}", proxy.addr, database.name);
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let before = proxy.counts();
    client.batch_execute("SELECT 1").await.unwrap();
    client.batch_execute("SELECT 2").await.unwrap();
    assert_eq!(proxy.counts() - before, Counts { round_trips: 2, statements: 2 });
}
