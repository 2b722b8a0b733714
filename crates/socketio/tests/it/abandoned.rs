//! What is begun and never finished: nothing of it stays once its time is up.

use crate::{
    client::{KEY, Poller, Ws, start_http, tcp},
    server::TestServer,
};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const EACH: usize = 30;

fn impatient() -> TestServer {
    TestServer::with(|config| {
        config.ping_interval = Duration::from_millis(1000);
        config.ping_timeout = Duration::from_millis(1000);
        config.upgrade_timeout = Duration::from_millis(500);
        config.limits.handshake_ms = 500;
        config.limits.connect_timeout_ms = 1500;
    })
}

fn raw(server: &TestServer, bytes: &[u8]) -> TcpStream {
    let mut stream = tcp(server.addr);
    stream.write_all(bytes).unwrap();
    stream
}

/// One of every kind, left as it is.
fn begin(server: &TestServer) -> Vec<TcpStream> {
    let open = || Poller::open(server.addr);
    open();
    let (polled, posted, probed, candidate) = (open(), open(), open(), open());
    let mut half = tcp(server.addr);
    start_http(&mut half, server.addr, &format!("POST {}", posted.path()), "Content-Length: 9\r\n", "");
    let upgrade = |poller: &Poller| Ws::upgrade(server.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
    let mut probing = upgrade(&probed);
    probing.send("2probe");
    let (mut joined, mut refused) = (Ws::open(server.addr), Ws::open(server.addr));
    joined.send("40");
    refused.send(r#"40{"hang":true}"#);
    vec![
        raw(server, b""),
        raw(server, b"GET /socket.io/?EIO=4"),
        polled.keep_alive_get(),
        half,
        probing.stream,
        upgrade(&candidate).stream,
        Ws::open(server.addr).stream,
        joined.stream,
        refused.stream,
    ]
}

#[test]
fn what_is_abandoned_is_forgotten() {
    let server = impatient();
    let streams: Vec<TcpStream> = (0..EACH).flat_map(|_| begin(&server)).collect();
    // The server ends them all; no client goes first.
    for mut stream in streams {
        let _ = stream.read_to_end(&mut Vec::new());
    }
    server.until("all are forgotten", |stats| (stats.connections, stats.sockets) == (0, 0));
    let refusals = server.io().stats().refusals;
    let each = EACH as u64;
    // No byte, half a header, half a body, and a connection that is kept for a request after its poll.
    assert_eq!(refusals["handshake_ms"], 4 * each, "{refusals:?}");
    assert_eq!(refusals["post_failed"], each, "{refusals:?}");
    assert_eq!(refusals["upgrade_timeout"], 2 * each, "{refusals:?}");
    // Never polled, polled once, the two candidates, a WebSocket that says nothing and one whose authentication hangs.
    assert_eq!(refusals["connect_timeout"], 6 * each, "{refusals:?}");
    assert_eq!(refusals["ping_timeout"], each, "{refusals:?}");
}
