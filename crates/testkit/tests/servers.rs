//! The servers that tests start, and that they are gone afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use parlor_testkit::{EphemeralPostgres, EphemeralRedis};

#[tokio::test]
async fn a_cluster_is_gone_with_its_handle() {
    let cluster = EphemeralPostgres::start_durable().await.unwrap();
    cluster.execute("SELECT 1").await.unwrap();
    let dir = cluster.dir().to_owned();
    assert!(dir.exists());
    let url = cluster.url("postgres");
    drop(cluster);
    assert!(!dir.exists());
    assert!(store::Store::migration_status(&url).await.is_err());
}

#[tokio::test]
async fn redis_is_gone_with_its_handle() {
    let redis = EphemeralRedis::start().await.unwrap();
    let port = redis.port();
    assert!(redis.url().ends_with(&port.to_string()));
    drop(redis);
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
