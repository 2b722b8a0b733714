//! CONNECT: acceptance, refusals, limits.

use crate::{client::Ws, server::TestServer};
use std::time::{Duration, Instant};

#[test]
fn namespaces_are_joined_side_by_side() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    let ids = [ws.connect("", ""), ws.connect("/parlor,", "{\"rooms\":[]}")];
    assert_ne!(ids[0], ids[1]);
    ws.send("42/parlor,[\"echo\",1]");
    assert_eq!(ws.text(), "42/parlor,[\"echo\",1]");
    ws.echoes();
    assert_eq!(server.io().stats().sockets, 2);
}

#[test]
fn refusals_carry_message_and_data_and_may_be_retried() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.send("40/parlor,{\"refuse\":\"unauthenticated\"}");
    assert_eq!(ws.text(), r#"44/parlor,{"data":{"code":"unauthenticated"},"message":"no"}"#);
    ws.send("40/nowhere,");
    assert_eq!(ws.text(), r#"44/nowhere,{"message":"Invalid namespace"}"#);
    ws.connect("/parlor,", "");
}

#[test]
fn a_passing_failure_closes_the_transport_instead() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.send("40{\"drop\":true}");
    assert_eq!(ws.ending(), Some(1000));
    assert_eq!(server.io().stats().refusals["unavailable"], 1);
}

#[test]
fn the_handshake_keeps_the_configured_headers() {
    let server = TestServer::start();
    let mut ws = Ws::open_with(server.addr, "Authorization: Bearer me\r\nX-Other: y\r\n");
    let id = ws.connect("", "");
    ws.send("427[\"whoami\"]");
    assert_eq!(ws.text(), format!(r#"437[{{"id":"{id}","name":"Bearer me"}}]"#));
}

#[test]
fn a_connection_without_a_namespace_is_closed_in_time() {
    let server = TestServer::with(|config| config.limits.connect_timeout_ms = 100);
    for hello in ["", "40/nowhere,", "40{\"refuse\":\"x\"}", "40{\"hang\":true}"] {
        let opened = Instant::now();
        let mut ws = Ws::open(server.addr);
        if !hello.is_empty() {
            ws.send(hello);
        }
        assert_eq!(ws.ending(), Some(1008), "{hello}");
        assert!(opened.elapsed() >= Duration::from_millis(90));
    }
    let (mut ws, _) = Ws::connected(server.addr);
    ws.stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let silence = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ws.see()));
    assert!(silence.is_err());
    ws.echoes();
}

#[test]
fn namespaces_per_connection() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    for n in 0..8 {
        ws.connect(&format!("/n{n},"), "");
    }
    ws.send("40/n8,");
    assert_eq!(ws.text(), r#"44/n8,{"message":"namespaces_per_connection is passed"}"#);
    ws.send("41/n0,");
    ws.connect("/n8,", "");
}

#[test]
fn connecting_again_after_leaving_gives_a_new_socket() {
    let server = TestServer::start();
    let (mut ws, first) = Ws::connected(server.addr);
    ws.send("41");
    let second = ws.connect("", "");
    assert_ne!(first, second);
    ws.echoes();
}

#[test]
fn handshakes_per_second() {
    let server = TestServer::with(|config| {
        config.shards = 1;
        config.limits.handshakes_per_second = 1;
        config.limits.handshakes_burst = 2;
    });
    let opened: Vec<_> = (0..4).map(|_| Ws::upgrade(server.addr, "", crate::client::KEY).err()).collect();
    assert_eq!(opened[0], None);
    assert_eq!(opened[3], Some(503));
    assert!(server.io().stats().refusals["handshakes_per_second"] >= 1);
}
