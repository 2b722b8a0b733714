//! Sessions, heartbeats and long-polling.

use crate::{
    client::{KEY, Poller, Seen, Ws, finish_http, http},
    server::TestServer,
};
use parlor_socketio::{Config, DisconnectReason};
use std::time::{Duration, Instant};

/// Pings come soon; a pong has time even on a busy machine.
fn quick_heartbeat(config: &mut Config) {
    config.ping_interval = Duration::from_millis(100);
    config.ping_timeout = Duration::from_millis(1500);
}

#[test]
fn the_open_packet_says_what_is_configured() {
    let server = TestServer::start();
    let mut ws = Ws::upgrade(server.addr, "", KEY).unwrap();
    let open: serde_json::Value = serde_json::from_str(ws.text().strip_prefix('0').unwrap()).unwrap();
    assert_eq!(open["sid"].as_str().unwrap().len(), 20);
    assert_eq!(open["upgrades"], serde_json::json!([]));
    assert_eq!((&open["pingInterval"], &open["pingTimeout"]), (&25_000.into(), &20_000.into()));
    assert_eq!(open["maxPayload"], 1_000_000);
    let id = ws.connect("", "");
    assert_ne!(open["sid"], id);
}

#[test]
fn pings_come_after_each_interval_while_pongs_do() {
    let server = TestServer::with(quick_heartbeat);
    let opened = Instant::now();
    let (mut ws, id) = Ws::connected(server.addr);
    for round in 1..4 {
        assert_eq!(ws.text(), "2");
        assert!(opened.elapsed() >= Duration::from_millis(90 * round));
        // The interval counts from the pong, however long that might have taken.
        assert!(round > 2 || opened.elapsed() < Duration::from_millis(1500));
        ws.send("3");
    }
    assert_eq!(ws.text(), "2");
    assert_eq!(ws.see(), Seen::End);
    assert_eq!(server.reason_for(&id), DisconnectReason::PingTimeout);
}

#[test]
fn websocket_pings_are_answered() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.bytes(&crate::client::frame(0x89, b"x"));
    assert_eq!(ws.see(), Seen::Pong(b"x".to_vec()));
}

#[test]
fn polling_carries_packets_both_ways() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    assert!(poller.get().1.starts_with("40{\"sid\":\""));
    poller.says("42[\"echo\",1]\x1e42[\"echo\",2]");
    poller.hears("42[\"echo\",1]\x1e42[\"echo\",2]");
    let waiting = poller.start_get();
    poller.says("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==");
    assert_eq!(finish_http(waiting).2, "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQIDBA==");
}

#[test]
fn polling_has_heartbeats_too() {
    let server = TestServer::with(quick_heartbeat);
    let poller = Poller::open(server.addr);
    for _ in 0..3 {
        poller.hears("2");
        poller.says("3");
    }
    poller.hears("2");
    // No close packet: some clients would not come back after it.
    assert_eq!(poller.get().1, "6");
    assert_eq!(poller.get().0, 400);
}

#[test]
fn a_session_that_is_never_polled_ends() {
    let server = TestServer::with(quick_heartbeat);
    let poller = Poller::open(server.addr);
    server.until("it ends", |stats| stats.connections == 0);
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["ping_timeout"], 1);
}

#[test]
fn a_second_poll_closes_the_session() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    let (first, second) = (poller.start_get(), poller.start_get());
    let mut answers = [finish_http(first), finish_http(second)].map(|(status, _, body)| (status, body));
    answers.sort();
    assert_eq!(answers[0], (200, "1".to_owned()));
    assert_eq!(answers[1].0, 400);
    assert_eq!(poller.get().0, 400);
}

#[test]
fn an_aborted_poll_closes_the_session() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    // A poll whose end arrives together with it never was one, so it is tried until it was.
    let reason = loop {
        let waiting = poller.keep_alive_get();
        assert!(server.disconnects.recv_timeout(Duration::from_millis(20)).is_err());
        drop(waiting);
        if let Ok((_, reason)) = server.disconnects.recv_timeout(Duration::from_millis(500)) {
            break reason;
        }
    };
    assert_eq!(reason, DisconnectReason::TransportClose);
    assert_eq!(poller.get().0, 400);
}

#[test]
fn a_client_closes_by_polling() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("1");
    poller.hears("6");
    assert_eq!(poller.get().0, 400);
}

#[test]
fn bad_handshakes_are_refused_as_node_does() {
    let server = TestServer::start();
    let cases = [
        ("GET /socket.io/?transport=polling", 5),
        ("GET /socket.io/?EIO=3&transport=polling", 5),
        ("GET /socket.io/?EIO=__proto__&transport=polling", 5),
        ("GET /socket.io/?EIO=4", 0),
        ("GET /socket.io/?EIO=4&transport=abc", 0),
        ("POST /socket.io/?EIO=4&transport=polling", 2),
        ("PUT /socket.io/?EIO=4&transport=polling", 2),
        ("GET /socket.io/?EIO=4&transport=websocket", 3),
        ("GET /socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 1),
        ("GET /socket.io/?EIO=4&transport=polling&sid=____________________", 1),
        ("GET /socket.io/?EIO=4&transport=polling&sid=x", 1),
        ("POST /socket.io/?EIO=4&transport=polling&sid=AAAAAAAAAAAAAAAAAAAA", 1),
    ];
    for (request, code) in cases {
        let (status, _, body) = http(server.addr, request, "", "");
        assert_eq!(
            (status, body.starts_with(&format!("{{\"code\":{code},"))),
            (400, true),
            "{request}: {body}"
        );
    }
}
