//! What is not Engine.IO's, and who may come from where.

use crate::{
    client::{KEY, Poller, Ws, finish_http, http, start_http, tcp},
    server::TestServer,
};
use std::io::Write;

const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling";

fn server() -> TestServer {
    TestServer::with(|config| {
        config.cors.origins = vec!["https://app.example".into()];
        config.cors.credentials = true;
    })
}

#[test]
fn other_paths_go_to_the_fallback() {
    let server = TestServer::start();
    for path in ["/", "/socket.iox", "/api/v1/me"] {
        assert_eq!(http(server.addr, &format!("GET {path}"), "", "").0, 404, "{path}");
    }
    assert_eq!(http(server.addr, "GET /socket.io?EIO=4&transport=polling", "", "").0, 200);
}

#[test]
fn configured_origins_get_cors_headers_with_credentials() {
    let server = server();
    let (status, head, _) = http(server.addr, OPEN, "Origin: https://app.example\r\nCookie: a=1\r\n", "");
    assert_eq!(status, 200);
    assert!(head.contains("access-control-allow-origin: https://app.example"));
    assert!(head.contains("access-control-allow-credentials: true"));
    let preflight = "Origin: https://app.example\r\nAccess-Control-Request-Headers: authorization\r\n";
    let (status, head, _) = http(server.addr, "OPTIONS /socket.io/", preflight, "");
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-headers: authorization"));
}

#[test]
fn foreign_origins_get_none_and_with_cookies_nothing() {
    let server = server();
    let (status, head, _) = http(server.addr, OPEN, "Origin: https://evil.example\r\n", "");
    assert_eq!((status, head.contains("access-control")), (200, false));
    assert_eq!(http(server.addr, OPEN, "Origin: https://evil.example\r\nCookie: a=1\r\n", "").0, 403);
    let headers = format!("{KEY}Origin: https://evil.example\r\nCookie: a=1\r\n");
    assert_eq!(Ws::upgrade(server.addr, "", &headers).err(), Some(403));
    let own = format!("{KEY}Origin: http://{}\r\nCookie: a=1\r\n", server.addr);
    assert!(Ws::upgrade(server.addr, "", &own).is_ok());
}

#[test]
fn websocket_handshakes_are_checked() {
    let server = TestServer::start();
    let double = format!("{KEY}{KEY}");
    for headers in ["", "Sec-WebSocket-Key: short\r\n", &double] {
        assert_eq!(Ws::upgrade(server.addr, "", headers).err(), Some(400), "{headers}");
    }
    let many: String = (0..2000).map(|n| format!("X-{n}: y\r\n")).collect();
    assert_eq!(http(server.addr, OPEN, &many, "").0, 431);
    let long = format!("X-Long: {}\r\n", "y".repeat(20_000));
    assert_eq!(http(server.addr, OPEN, &long, "").0, 431);
}

#[test]
fn slow_headers_and_slow_bodies_run_out_of_time() {
    let server = TestServer::with(|config| config.limits.handshake_ms = 100);
    let mut stream = tcp(server.addr);
    stream.write_all(b"GET /socket.io/?EIO=4 HTTP/1.1\r\nHost:").unwrap();
    finish_http(stream);
    let poller = Poller::open(server.addr);
    let mut stream = tcp(server.addr);
    start_http(&mut stream, server.addr, &format!("POST {}", poller.path()), "Content-Length: 5\r\n", "");
    stream.write_all(b"42").unwrap();
    assert_eq!(finish_http(stream).0, 408);
    assert_eq!(poller.get().0, 400);
    assert!(server.io().stats().refusals["handshake_ms"] >= 2);
}
