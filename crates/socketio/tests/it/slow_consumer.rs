//! Connections that do not read.

use crate::{
    bystander::Bystander,
    client::{KEY, Poller, Ws},
    server::{PATIENCE, TestServer},
};
use parlor_socketio::{Broadcast, DisconnectReason, Frame, Room};

fn flood(server: &TestServer, volatile: bool, count: usize) {
    let frame = Frame::event("/", "flood", &"x".repeat(60_000)).unwrap();
    for _ in 0..count {
        let broadcast = Broadcast { volatile, ..Broadcast::to(Room::new("slow"), frame.clone()) };
        server.io().broadcast("/", broadcast);
    }
}

#[test]
fn the_queue_has_a_limit_and_others_do_not_notice() {
    let server = TestServer::start();
    let mut bystander = Bystander::of(&server);
    let mut ws = Ws::open(server.addr);
    let id = ws.connect("", "{\"rooms\":[\"slow\"]}");
    flood(&server, false, 400);
    assert_eq!(server.reason_for(&id), DisconnectReason::SlowConsumer);
    bystander.is_well("a slow consumer");
    assert_eq!(server.io().stats().refusals["slow_consumer"], 1);
    assert_eq!(server.io().stats().sockets, 1);
}

#[test]
fn a_client_that_repairs_itself_is_told_instead_of_closed() {
    let server = TestServer::start();
    let mut ws = Ws::upgrade(server.addr, "&repairs=1", KEY).unwrap();
    ws.text();
    ws.connect("", "{\"rooms\":[\"slow\"]}");
    ws.send("421[\"acked\",\"an answer is no event\"]");
    flood(&server, false, 400);
    server.until("events are dropped", |stats| stats.invalidated > 0);
    // An event might be dropped like the others.
    ws.send("422[\"acked\",\"end\"]");
    // What is missed later is told again, behind the answer, and then only there.
    let mut heard = Vec::new();
    while !["432[\"end\"]", "42[\"missed\",{}]"].iter().all(|packet| heard.iter().any(|text| text == packet))
    {
        heard.push(ws.text());
    }
    let count = |start: &str| heard.iter().filter(|text| text.starts_with(start)).count();
    assert_eq!(count("431["), 1);
    assert!(count("42[\"flood\"") < 400);
    assert_eq!(server.io().stats().refusals.get("slow_consumer"), None);
}

#[test]
fn many_that_overflow_by_the_same_event_are_all_dealt_with() {
    let server = TestServer::with(|config| config.limits.outbound_queue_frames = 10);
    let pollers: Vec<_> = (0..100)
        .map(|_| {
            let poller = Poller::open(server.addr);
            poller.says("40{\"rooms\":[\"slow\"]}");
            poller.get();
            poller
        })
        .collect();
    let mut reader = Ws::open(server.addr);
    reader.connect("", "{\"rooms\":[\"slow\"]}");
    let frame = Frame::event("/", "told", &1).unwrap();
    for _ in 0..11 {
        server.io().broadcast("/", Broadcast::to(Room::new("slow"), frame.clone()));
    }
    // Nothing else happens that would wake a shard for the rest of them.
    for _ in &pollers {
        let (_, reason) = server.disconnects.recv_timeout(PATIENCE).unwrap();
        assert_eq!(reason, DisconnectReason::SlowConsumer);
    }
    for _ in 0..11 {
        assert_eq!(reader.text(), "42[\"told\",1]");
    }
    assert_eq!(server.io().stats().refusals["slow_consumer"], 100);
}

#[test]
fn who_waits_to_be_told_of_a_full_queue_still_gets_answers() {
    let server = TestServer::with(|config| {
        config.shards = 1;
        config.limits.outbound_queue_frames = 10;
    });
    let slow = Poller::open_query(server.addr, "&repairs=1");
    slow.says("40{\"rooms\":[\"slow\"]}");
    slow.get();
    slow.says("421[\"answer later\",\"kept\"]");
    let other = Poller::open(server.addr);
    other.says("40");
    // In one turn of the shard: the queue overflows, then it is to take an answer.
    let call = "42[\"call\",{\"rooms\":[\"slow\"],\"except\":[],\"text\":\"x\"}]\u{1e}";
    other.says(&format!("{}42[\"answer\"]", call.repeat(11)));
    slow.hears("42[\"missed\",{}]\u{1e}431[\"kept\"]");
}

#[test]
fn volatile_frames_are_dropped_instead() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    ws.connect("", "{\"rooms\":[\"slow\"]}");
    flood(&server, true, 400);
    server.until("volatile events are dropped", |stats| stats.volatile_dropped > 0);
    ws.send("42[\"echo\",\"end\"]");
    while ws.text() != "42[\"echo\",\"end\"]" {}
}

#[test]
fn who_reads_late_gets_everything() {
    let server = TestServer::with(|config| {
        config.limits.outbound_queue_bytes = usize::MAX;
        config.limits.outbound_queue_frames = usize::MAX;
    });
    let mut ws = Ws::open(server.addr);
    ws.connect("", "{\"rooms\":[\"slow\"]}");
    // More than the kernel takes at once, however often: the writer waits again and again.
    flood(&server, false, 400);
    for _ in 0..400 {
        assert_eq!(ws.text().len(), "42[\"flood\",\"\"]".len() + 60_000);
    }
    assert_eq!(server.io().stats().refusals.get("slow_consumer"), None);
}

#[test]
fn a_stalled_connection_is_closed() {
    let server = TestServer::with(|config| {
        config.limits.write_stall_ms = 100;
        config.limits.outbound_queue_bytes = usize::MAX;
        config.limits.outbound_queue_frames = usize::MAX;
    });
    let mut ws = Ws::open(server.addr);
    let id = ws.connect("", "{\"rooms\":[\"slow\"]}");
    flood(&server, false, 400);
    assert_eq!(server.reason_for(&id), DisconnectReason::WriteStall);
}

#[test]
fn a_polling_queue_has_the_same_limit() {
    let server = TestServer::with(|config| config.limits.outbound_queue_frames = 10);
    let poller = Poller::open(server.addr);
    poller.says("40{\"rooms\":[\"slow\"]}");
    poller.get();
    let tell = |count: usize| {
        let frame = Frame::event("/", "told", &1).unwrap();
        (0..count).for_each(|_| server.io().broadcast("/", Broadcast::to(Room::new("slow"), frame.clone())));
    };
    tell(10);
    poller.hears(&["42[\"told\",1]"; 10].join("\u{1e}"));
    tell(11);
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["slow_consumer"], 1);
}
