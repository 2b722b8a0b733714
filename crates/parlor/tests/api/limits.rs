//! Limits of the transport, as the configuration sets them.

use serde_json::json;
use testkit::{Backend, TestServer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn with(variables: &[(&str, &str)]) -> TestServer {
    TestServer::with(Backend::Sqlite, variables).await.unwrap()
}

#[tokio::test]
async fn the_oldest_connection_of_a_user_is_ended() {
    let server = with(&[("PARLOR_LIMITS_CONNECTIONS_PER_USER", "2")]).await;
    let (ada, bob) = (server.person("ada").unwrap(), server.person("bob").unwrap());
    let mut others = [bob.connect().await.unwrap(), bob.connect().await.unwrap()];
    let mut oldest = ada.connect().await.unwrap();
    others[0].emit("conversation:list", json!({})).await.unwrap();
    let mut newer = [ada.connect().await.unwrap(), ada.connect().await.unwrap()];
    oldest.closed().await.unwrap();
    for socket in others.iter_mut().chain(&mut newer) {
        assert_eq!(socket.emit("conversation:list", json!({})).await.unwrap()["ok"], true);
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_refused_in_time() {
    let server = with(&[("PARLOR_LIMITS_HANDSHAKE_MS", "200")]).await;
    let ada = server.person("ada").unwrap();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /api/v1/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{",
        ada.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The connection ends with it: what comes of the body later is nobody's request.
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("handshake_ms"), "{answer}");
}

#[tokio::test]
async fn the_login_cookie_is_found_among_many() {
    let server = with(&[("PARLOR_LIMITS_HANDSHAKE_KEPT_BYTES", "1000")]).await;
    let ada = server.person("ada").unwrap();
    let status = async |cookies: String| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookies}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer[9..12].to_owned()
    };
    let many = "x".repeat(4000);
    assert_eq!(status(format!("a={many}; auth_token={}; b={many}", ada.token)).await, "200");
    assert_eq!(status(format!("auth_token={many}")).await, "431");
}
