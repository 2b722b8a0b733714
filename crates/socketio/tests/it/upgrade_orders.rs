//! The upgrade in every order: what runs beside it, and what goes wrong in the middle of it.

use crate::{
    client::{KEY, Poller, Seen, Ws, finish_http, start_http, tcp},
    server::TestServer,
};
use std::{io::Write, time::Duration};

fn websocket(poller: &Poller) -> Ws {
    Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap()
}

fn probe(poller: &Poller) -> Ws {
    let mut ws = websocket(poller);
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    ws
}

/// Joined, with nothing waiting.
fn joined(server: &TestServer) -> Poller {
    let poller = Poller::open(server.addr);
    poller.says("40");
    assert!(poller.get().1.starts_with("40"));
    poller
}

fn polls_on(poller: &Poller) {
    poller.says("42[\"echo\",\"polling\"]");
    poller.hears("42[\"echo\",\"polling\"]");
}

#[test]
fn a_poll_that_begins_between_the_probe_and_the_upgrade_ends_at_once() {
    let server = TestServer::start();
    let poller = joined(&server);
    let mut ws = probe(&poller);
    poller.hears("6");
    poller.hears("6");
    ws.send("5");
    ws.echoes();
}

#[test]
fn a_poll_that_waits_when_the_client_upgrades_is_answered() {
    let server = TestServer::start();
    let poller = joined(&server);
    let mut ws = websocket(&poller);
    let waiting = poller.start_get();
    // No pause in between: the poll ends by the probe or by the upgrade.
    ws.bytes(&[crate::client::frame(0x81, b"2probe"), crate::client::frame(0x81, b"5")].concat());
    assert_eq!(ws.text(), "3probe");
    let (status, _, body) = finish_http(waiting);
    // One that comes after the upgrade is refused.
    assert!((status, body.as_str()) == (200, "6") || status == 400, "{status} {body}");
    ws.echoes();
}

#[test]
fn a_post_that_is_under_way_during_the_upgrade_still_counts() {
    let server = TestServer::start();
    let poller = joined(&server);
    let body = "42[\"echo\",\"posted\"]";
    let mut post = tcp(server.addr);
    start_http(&mut post, server.addr, &format!("POST {}", poller.path()), "Content-Length: 19\r\n", "");
    post.write_all(&body.as_bytes()[..5]).unwrap();
    let mut ws = probe(&poller);
    ws.send("5");
    ws.echoes();
    post.write_all(&body.as_bytes()[5..]).unwrap();
    assert_eq!(finish_http(post).2, "ok");
    assert_eq!(ws.text(), body);
    ws.echoes();
}

#[test]
fn a_post_between_the_probe_and_the_upgrade_is_answered_over_the_websocket() {
    let server = TestServer::start();
    let poller = joined(&server);
    let mut ws = probe(&poller);
    poller.says("42[\"echo\",1]\x1e42[\"echo\",2]");
    // What the client sends right behind its upgrade counts too.
    let after = [&b"5"[..], b"42[\"echo\",3]"].map(|text| crate::client::frame(0x81, text)).concat();
    ws.bytes(&after);
    for number in 1..=3 {
        assert_eq!(ws.text(), format!("42[\"echo\",{number}]"));
    }
}

#[test]
fn what_is_sent_during_the_upgrade_comes_once_and_in_order() {
    let server = TestServer::start();
    for _ in 0..10 {
        let poller = joined(&server);
        let mut ws = websocket(&poller);
        let waiting = poller.start_get();
        let post: Vec<String> = (0..20).map(|number| format!("42[\"echo\",{number}]")).collect();
        poller.says(&post.join("\x1e"));
        ws.send("2probe");
        assert_eq!(ws.text(), "3probe");
        ws.send("5");
        let (_, _, polled) = finish_http(waiting);
        ws.send("42[\"echo\",\"end\"]");
        let mut heard: Vec<String> =
            polled.split('\x1e').filter(|text| text.starts_with("42")).map(str::to_owned).collect();
        loop {
            match ws.text() {
                end if end == "42[\"echo\",\"end\"]" => break,
                text => heard.push(text),
            }
        }
        assert_eq!(heard, post);
    }
}

#[test]
fn a_second_probe_at_the_same_time_is_closed_and_the_first_goes_on() {
    let server = TestServer::start();
    let poller = joined(&server);
    let mut first = probe(&poller);
    let mut second = websocket(&poller);
    second.send("2probe");
    assert_eq!(second.see(), Seen::End);
    assert_eq!(server.io().stats().refusals["double_upgrade"], 1);
    first.send("5");
    first.echoes();
}

#[test]
fn a_probe_may_be_repeated() {
    let server = TestServer::start();
    let poller = joined(&server);
    let mut ws = probe(&poller);
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    ws.send("5");
    ws.echoes();
}

#[test]
fn a_probe_and_then_silence_runs_out_of_time_and_polling_goes_on() {
    let server = TestServer::with(|config| config.upgrade_timeout = Duration::from_millis(100));
    let poller = joined(&server);
    for step in ["nothing", "probe"] {
        let mut ws = if step == "probe" { probe(&poller) } else { websocket(&poller) };
        assert_eq!(ws.see(), Seen::End, "{step}");
        polls_on(&poller);
    }
    assert_eq!(server.io().stats().refusals["upgrade_timeout"], 2);
    let mut ws = probe(&poller);
    ws.send("5");
    ws.echoes();
}

#[test]
fn a_websocket_that_dies_in_the_middle_leaves_polling_alone() {
    let server = TestServer::start();
    let poller = joined(&server);
    for attempt in 1..=4 {
        let waiting = poller.start_get();
        let mut ws = websocket(&poller);
        if attempt > 1 {
            ws.send("2probe");
            assert_eq!(ws.text(), "3probe");
            assert_eq!(finish_http(waiting).2, "6");
        } else {
            poller.says("42[\"echo\",\"first\"]");
            assert_eq!(finish_http(waiting).2, "42[\"echo\",\"first\"]");
        }
        if attempt == 3 {
            // Half of a frame.
            ws.bytes(&crate::client::frame(0x81, b"5")[..4]);
        }
        if attempt == 4 {
            ws.bytes(&crate::client::frame(0x88, &1000_u16.to_be_bytes()));
        }
        drop(ws);
        server.until("it is refused", |stats| stats.refusals.get("bad_probe") == Some(&attempt));
        polls_on(&poller);
    }
    let mut ws = probe(&poller);
    ws.send("5");
    ws.echoes();
}

#[test]
fn heartbeats_go_on_over_the_new_transport() {
    let server = TestServer::with(|config| {
        config.ping_interval = Duration::from_millis(300);
        config.ping_timeout = Duration::from_millis(5000);
    });
    let poller = joined(&server);
    let mut ws = probe(&poller);
    ws.send("5");
    for _ in 0..2 {
        assert_eq!(ws.text(), "2");
        ws.send("3");
    }
    // A ping that went out by polling may be answered by WebSocket.
    let poller = joined(&server);
    poller.hears("2");
    let mut ws = probe(&poller);
    ws.bytes(&[crate::client::frame(0x81, b"5"), crate::client::frame(0x81, b"3")].concat());
    assert_eq!(ws.text(), "2");
}

#[test]
fn an_upgrade_with_another_credential_is_refused() {
    let server = TestServer::start();
    let poller = Poller::open_with(server.addr, "Authorization: Bearer x\r\n");
    let query = format!("&sid={}", poller.sid);
    let stolen = format!("{KEY}Authorization: Bearer y\r\n");
    assert_eq!(Ws::upgrade(server.addr, &query, &stolen).err(), Some(400));
    assert_eq!(Ws::upgrade(server.addr, "&sid=AAAAAAAAAAAAAAAAAAAA", KEY).err(), Some(400));
    let own = format!("{KEY}Authorization: Bearer x\r\n");
    let mut ws = Ws::upgrade(server.addr, &query, &own).unwrap();
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    assert_eq!(server.io().stats().refusals["changed_credentials"], 1);
}

#[test]
fn an_upgraded_session_ends_with_its_websocket() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    let body = poller.get().1;
    let id = body.split('"').nth(3).unwrap().to_owned();
    let mut ws = probe(&poller);
    ws.send("5");
    ws.echoes();
    drop(ws);
    assert_eq!(server.reason_for(&id), parlor_socketio::DisconnectReason::TransportClose);
    assert_eq!(poller.get().0, 400);
}
