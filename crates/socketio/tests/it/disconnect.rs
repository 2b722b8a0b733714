//! How a connection ends, and what the application hears of it.

use crate::{
    client::{Poller, Seen, Ws, tcp},
    server::TestServer,
};
use parlor_socketio::{DisconnectReason, Frame, Room};
use std::time::Duration;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn the_client_leaves_a_namespace_or_the_connection() {
    let server = TestServer::start();
    let (mut ws, id) = Ws::connected(server.addr);
    let other = ws.connect("/parlor,", "");
    ws.send("41");
    assert_eq!(server.reason_for(&id), DisconnectReason::ClientDisconnect);
    ws.send("42/parlor,[\"echo\",1]");
    assert_eq!(ws.text(), "42/parlor,[\"echo\",1]");
    ws.bytes(&crate::client::frame(0x88, &1000_u16.to_be_bytes()));
    assert_eq!(ws.ending(), Some(1000));
    assert_eq!(server.reason_for(&other), DisconnectReason::TransportClose);
    let (ws, id) = Ws::connected(server.addr);
    drop(ws);
    assert_eq!(server.reason_for(&id), DisconnectReason::TransportClose);
}

#[test]
fn the_server_sends_disconnect_and_the_connection_lives_on() {
    let server = TestServer::start();
    let (mut ws, id) = Ws::connected(server.addr);
    ws.send("42[\"kick\"]");
    ws.send("42[\"echo\",\"on its way\"]");
    assert_eq!(ws.text(), "41");
    assert_eq!(server.reason_for(&id), DisconnectReason::ServerDisconnect);
    let id = ws.connect("", "{\"rooms\":[\"r\"]}");
    server.io().disconnect("/", &[Room::new("r")]);
    assert_eq!(ws.text(), "41");
    assert_eq!(server.reason_for(&id), DisconnectReason::ServerDisconnect);
}

#[test]
fn the_server_sends_disconnect_everywhere_and_closes() {
    let server = TestServer::start();
    let (mut ws, id) = Ws::connected(server.addr);
    let other = ws.connect("/parlor,", "");
    ws.send("42/parlor,[\"kick all\"]");
    assert_eq!([ws.text(), ws.text()], ["41", "41/parlor,"]);
    assert_eq!(ws.ending(), Some(1000));
    assert_eq!(server.reason_for(&id), DisconnectReason::ServerDisconnect);
    assert_eq!(server.reason_for(&other), DisconnectReason::ServerDisconnect);
}

#[test]
fn the_server_closes_the_transport() {
    let server = TestServer::start();
    let (mut ws, id) = Ws::connected(server.addr);
    ws.send("42[\"echo\",\"before\"]");
    ws.send("42[\"close\"]");
    assert_eq!(ws.text(), "42[\"echo\",\"before\"]");
    assert_eq!(ws.see(), Seen::Close(1000));
    assert_eq!(ws.see(), Seen::End);
    assert_eq!(server.reason_for(&id), DisconnectReason::Closed("closed_by_test"));
    let (mut ws, id) = Ws::connected(server.addr);
    server.io().close_all("overload");
    assert_eq!(ws.ending(), Some(1000));
    assert_eq!(server.reason_for(&id), DisconnectReason::Closed("overload"));
}

#[test]
fn a_panic_ends_one_connection() {
    let server = TestServer::start();
    let (mut other, _) = Ws::connected(server.addr);
    let (mut ws, id) = Ws::connected(server.addr);
    ws.send("42[\"panic\"]");
    assert_eq!(ws.ending(), Some(1000));
    assert_eq!(server.reason_for(&id), DisconnectReason::Closed("internal"));
    other.echoes();
}

#[test]
fn draining_closes_transports_and_returns_when_none_is_left() {
    let server = TestServer::start();
    let (mut ws, id) = Ws::connected(server.addr);
    let poller = Poller::open(server.addr);
    let waiting = poller.start_get();
    let idle = tcp(server.addr);
    let drained = {
        let server = server.server.clone();
        std::thread::spawn(move || runtime().block_on(server.drain(&[], Duration::from_secs(10))))
    };
    assert_eq!(ws.see(), Seen::Close(1001));
    assert_eq!(ws.see(), Seen::End);
    assert_eq!(server.reason_for(&id), DisconnectReason::Closed("draining"));
    // Answered or refused, as it came before or after; in either case its connection ends.
    crate::client::finish_http(waiting);
    drop((ws, idle));
    drained.join().unwrap();
    assert_eq!(server.io().stats().connections, 0);
}

#[test]
fn a_goodbye_comes_before_the_end_by_websocket_and_by_a_waiting_poll() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    let poller = Poller::open(server.addr);
    poller.says("40");
    assert!(poller.get().1.starts_with("40"));
    let waiting = poller.start_get();
    let goodbye = Frame::event("/", "bye", &serde_json::json!({"for": "good"})).unwrap();
    let drained = {
        let server = server.server.clone();
        std::thread::spawn(move || {
            runtime().block_on(server.drain(&[("/", goodbye)], Duration::from_secs(10)));
        })
    };
    assert_eq!(ws.text(), "42[\"bye\",{\"for\":\"good\"}]");
    assert_eq!(ws.see(), Seen::Close(1001));
    // The poll came before the drain, or it is refused. No close packet: some clients would not come back after it.
    let (status, _, body) = crate::client::finish_http(waiting);
    assert!(status != 200 || body == "42[\"bye\",{\"for\":\"good\"}]\x1e6", "{body}");
    drop(ws);
    drained.join().unwrap();
}

#[test]
fn draining_cuts_what_does_not_go_and_is_instant_when_nobody_is_there() {
    let server = TestServer::start();
    runtime().block_on(server.server.drain(&[], Duration::from_secs(600)));
    let server = TestServer::start();
    let (_ws, _) = Ws::connected(server.addr);
    runtime().block_on(server.server.drain(&[], Duration::from_millis(50)));
}

#[test]
fn a_client_between_two_polls_hears_the_goodbye_by_the_next() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    let mut stream = poller.keep_alive_get();
    assert!(Poller::hears_on(&mut stream).starts_with("40"));
    let goodbye = Frame::event("/", "bye", &1).unwrap();
    let drained = {
        let server = server.server.clone();
        std::thread::spawn(move || {
            runtime().block_on(server.drain(&[("/", goodbye)], Duration::from_secs(10)));
        })
    };
    server.until("sessions end", |stats| stats.connections == 0);
    poller.get_on(&mut stream);
    assert_eq!(Poller::hears_on(&mut stream), "42[\"bye\",1]\x1e6");
    // Then the connection ends, and with it the drain.
    assert_eq!(std::io::Read::read(&mut stream, &mut [0]).unwrap(), 0);
    drained.join().unwrap();
}

#[test]
fn a_request_that_never_ends_does_not_hold_a_drain() {
    let server = TestServer::with(|config| config.limits.handshake_ms = 200);
    let mut stream = tcp(server.addr);
    let head = "POST /hang HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx";
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    server.hanging.recv_timeout(Duration::from_secs(10)).unwrap();
    runtime().block_on(server.server.drain(&[], Duration::from_secs(600)));
    assert_eq!(server.io().stats().refusals["handshake_ms"], 1);
    assert_eq!(std::io::Read::read(&mut stream, &mut [0]).unwrap_or(0), 0);
}

#[test]
fn what_was_said_last_waits_for_the_next_poll() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    assert!(poller.get().1.starts_with("40"));
    poller.says("42[\"echo\",\"last\"]\x1e42[\"close\"]");
    poller.hears("42[\"echo\",\"last\"]\x1e6");
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["closed_by_test"], 1);
}

#[test]
fn an_upgrade_under_way_does_not_hold_a_drain() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    let mut ws = Ws::upgrade(server.addr, &format!("&sid={}", poller.sid), crate::client::KEY).unwrap();
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    runtime().block_on(server.server.drain(&[], Duration::from_secs(600)));
    assert_eq!(ws.see(), Seen::End);
}
