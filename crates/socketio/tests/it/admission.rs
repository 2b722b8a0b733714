//! How many may come, how fast, and with how much.

use crate::{
    client::{KEY, Poller, Seen, Ws, http},
    server::TestServer,
};
use parlor_socketio::{Config, DisconnectReason};

const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling";

fn refused_by_websocket(server: &TestServer) -> Option<u16> {
    Ws::upgrade(server.addr, "", KEY).err()
}

fn wait_for_connections(server: &TestServer, count: u64) {
    server.until("connections", |stats| stats.connections == count);
}

#[test]
fn what_a_handshake_leaves_behind_is_bounded() {
    let query = OPEN.split_once('?').unwrap().1;
    let server = TestServer::with(|config| {
        config.limits.handshake_kept_bytes = query.len() + 50;
        config.kept_cookies = Some(vec!["login".into()]);
    });
    let status = |headers: &str| http(server.addr, OPEN, headers, "").0;
    let long = "x".repeat(5000);
    assert_eq!(status(&format!("Authorization: {}\r\n", "x".repeat(50))), 200);
    assert_eq!(status(&format!("Authorization: {}\r\n", "x".repeat(51))), 431);
    assert_eq!(status(&format!("X-Other: {long}\r\nCookie: a={long}; login={}\r\n", "x".repeat(44))), 200);
    assert_eq!(status(&format!("Cookie: a=1; login={}\r\n", "x".repeat(45))), 431);
    assert_eq!(http(server.addr, &format!("{OPEN}&t={}", "x".repeat(48)), "", "").0, 431);
    let websocket = format!("{KEY}Authorization: {}\r\n", "x".repeat(51));
    assert_eq!(Ws::upgrade(server.addr, "", &websocket).err(), Some(431));
    assert_eq!(server.io().stats().refusals["handshake_kept_bytes"], 4);
}

#[test]
fn a_handshake_without_a_byte_runs_out_of_time() {
    let server = TestServer::with(|config| config.limits.handshake_ms = 100);
    crate::client::finish_http(crate::client::tcp(server.addr));
    assert_eq!(server.io().stats().refusals["handshake_ms"], 1);
}

#[test]
fn connections_are_counted_over_both_transports_and_all_shards() {
    let server = TestServer::with(|config| config.limits.connections = 3);
    let (first, _) = Ws::connected(server.addr);
    let (_second, third) = (Ws::open(server.addr), Poller::open(server.addr));
    assert_eq!(refused_by_websocket(&server), Some(503));
    let (status, head, body) = http(server.addr, OPEN, "", "");
    assert_eq!((status, body.as_str()), (503, r#"{"code":3,"message":"connections is passed"}"#));
    assert!(head.contains("retry-after: "));
    assert_eq!(server.io().stats().refusals["connections"], 2);
    drop(first);
    wait_for_connections(&server, 2);
    let _fourth = Ws::open(server.addr);
    assert_eq!(refused_by_websocket(&server), Some(503));
    third.says("1");
    wait_for_connections(&server, 2);
    Ws::open(server.addr);
}

#[test]
fn those_without_a_namespace_have_a_limit_of_their_own() {
    let server = TestServer::with(|config| config.limits.unadmitted_connections = 2);
    let (mut first, second) = (Ws::open(server.addr), Poller::open(server.addr));
    assert_eq!(refused_by_websocket(&server), Some(503));
    // A refusal admits nobody.
    first.send("40{\"refuse\":\"x\"}");
    assert!(first.text().starts_with("44"));
    assert_eq!(refused_by_websocket(&server), Some(503));
    first.connect("", "");
    let third = Ws::open(server.addr);
    assert_eq!(http(server.addr, OPEN, "", "").0, 503);
    drop(third);
    wait_for_connections(&server, 2);
    let fourth = Ws::open(server.addr);
    second.says("40");
    assert!(second.get().1.starts_with("40"));
    Poller::open(server.addr);
    assert_eq!(refused_by_websocket(&server), Some(503));
    assert_eq!(server.io().stats().refusals["unadmitted_connections"], 4);
    drop(fourth);
}

#[test]
fn the_rate_of_handshakes_has_a_burst_and_then_a_503() {
    let slow = |config: &mut Config| {
        (config.shards, config.limits.handshakes_per_second, config.limits.handshakes_burst) = (1, 1, 3);
    };
    let server = TestServer::with(slow);
    let admitted = (0..8).filter(|_| http(server.addr, OPEN, "", "").0 == 200).count();
    assert!((4..8).contains(&admitted), "{admitted}");
    assert_eq!(server.io().stats().refusals["handshakes_per_second"], 8 - admitted as u64);
}

#[test]
fn the_oldest_connection_of_a_user_makes_room_and_stays_away() {
    let server = TestServer::with(|config| config.limits.connections_per_user = 2);
    let connected = |user: &str| {
        let mut ws = Ws::open(server.addr);
        let id = ws.connect("", &format!("{{\"user\":\"{user}\"}}"));
        (ws, id)
    };
    let (mut bob, _) = connected("bob");
    let (mut nobody, _) = Ws::connected(server.addr);
    let ((mut first, id), (mut second, second_id)) = (connected("ada"), connected("ada"));
    // Another namespace is no other connection.
    second.connect("/parlor,", "{\"user\":\"ada\"}");
    [&mut first, &mut second].into_iter().for_each(Ws::echoes);
    let (mut third, _) = connected("ada");
    // Official clients do not come back after a DISCONNECT, so that nobody else is pushed out.
    assert_eq!(first.text(), "41");
    assert_eq!(first.see(), Seen::Close(1000));
    assert_eq!(server.reason_for(&id), DisconnectReason::ServerDisconnect);
    [&mut bob, &mut nobody, &mut second, &mut third].into_iter().for_each(Ws::echoes);
    // One that goes makes room.
    drop(second);
    assert_eq!(server.reason_for(&second_id), DisconnectReason::TransportClose);
    let (mut fourth, _) = connected("ada");
    [&mut third, &mut fourth].into_iter().for_each(Ws::echoes);
    assert_eq!(server.io().stats().refusals["connections_per_user"], 1);
}
