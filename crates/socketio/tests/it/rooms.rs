//! Broadcasts: unions, exceptions, other threads.

use crate::{
    client::{Poller, Ws},
    server::TestServer,
};
use parlor_socketio::{Broadcast, Frame, Room};
use std::sync::Arc;

fn member(server: &TestServer, rooms: &str) -> Ws {
    let mut ws = Ws::open(server.addr);
    ws.connect("", &format!("{{\"rooms\":{rooms}}}"));
    ws
}

/// Who hears a call; everybody gets a last word, so that silence shows without waiting.
fn hear(server: &TestServer, members: &mut [Ws], rooms: &[&str], except: &[&str]) -> Vec<usize> {
    let list = |names: &[&str]| names.iter().map(|name| Room::new(*name)).collect::<Arc<[Room]>>();
    let frame = Frame::event("/", "called", &1).unwrap();
    let (rooms, except) = (list(rooms), list(except));
    server.io().broadcast("/", Broadcast { rooms, except, volatile: false, frame });
    let frame = Frame::event("/", "last", &1).unwrap();
    server.io().broadcast("/", Broadcast { rooms: list(&[]), except: list(&[]), volatile: false, frame });
    let heard = members.iter_mut().enumerate().flat_map(|(at, member)| {
        let calls = std::iter::from_fn(|| Some(member.text()).filter(|text| text != "42[\"last\",1]"));
        vec![at; calls.count()]
    });
    heard.collect()
}

#[test]
fn unions_reach_each_member_once_and_exceptions_not_at_all() {
    let server = TestServer::start();
    let mut members = ["[\"a\"]", "[\"a\",\"b\"]", "[\"b\",\"c\"]", "[]"].map(|rooms| member(&server, rooms));
    assert_eq!(hear(&server, &mut members, &["a"], &[]), [0, 1]);
    assert_eq!(hear(&server, &mut members, &["a", "b"], &[]), [0, 1, 2]);
    assert_eq!(hear(&server, &mut members, &["a", "b", "a"], &["c"]), [0, 1]);
    assert_eq!(hear(&server, &mut members, &[], &["b"]), [0, 3]);
    assert_eq!(hear(&server, &mut members, &["nobody"], &[]), [0; 0]);
    members[3].send("42[\"join\",\"c\"]");
    members[2].send("42[\"leave\",\"c\"]");
    members[2].echoes();
    members[3].echoes();
    assert_eq!(hear(&server, &mut members, &["c"], &[]), [3]);
}

#[test]
fn a_handler_broadcasts_to_all_shards_in_order() {
    let server = TestServer::start();
    let mut members: Vec<_> = (0..8).map(|_| member(&server, "[\"all\"]")).collect();
    for n in 0..50 {
        members[0].send(&format!("42[\"call\",{{\"rooms\":[\"all\"],\"except\":[],\"text\":\"{n}\"}}]"));
    }
    for member in &mut members {
        for n in 0..50 {
            assert_eq!(member.text(), format!("42[\"called\",\"{n}\"]"));
        }
    }
    // Counted by each shard once it has written, which its clients may see first.
    server.until("all are counted", |stats| stats.frames_delivered >= 400);
}

#[test]
fn broadcasts_handed_over_together_come_in_their_order_to_whom_each_is_for() {
    let server = TestServer::start();
    let mut members: Vec<_> = (0..8).map(|n| member(&server, ["[\"even\"]", "[\"odd\"]"][n % 2])).collect();
    let to = |room: &str, n: usize| Broadcast::to(Room::new(room), Frame::event("/", "called", &n).unwrap());
    for group in 0..10 {
        let broadcasts = (group * 6..group * 6 + 6).map(|n| to(["even", "odd"][n % 2], n)).collect();
        server.io().broadcast_all("/", broadcasts);
        server.io().broadcast("/", Broadcast::to_all(Frame::event("/", "between", &group).unwrap()));
    }
    server.io().broadcast_all("/elsewhere", vec![to("even", 0)]);
    for (at, member) in members.iter_mut().enumerate() {
        for group in 0..10 {
            for n in (group * 6..group * 6 + 6).filter(|n| n % 2 == at % 2) {
                assert_eq!(member.text(), format!("42[\"called\",{n}]"));
            }
            assert_eq!(member.text(), format!("42[\"between\",{group}]"));
        }
    }
}

#[test]
fn every_socket_is_in_its_own_room_and_polling_gets_the_same_packet() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    let reply = poller.get().1;
    let id: serde_json::Value = serde_json::from_str(&reply[2..]).unwrap();
    let frame = Frame::event_raw("/", "x", "{\"b\": 1}");
    server.io().broadcast("/", Broadcast::to(Room::new(id["sid"].as_str().unwrap()), frame));
    poller.hears("42[\"x\",{\"b\": 1}]");
}
