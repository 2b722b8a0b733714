//! Clients that ask for more than they fetch: they are not read until they do, and not closed for what they asked for.

use crate::{
    bystander::Bystander,
    client::{Poller, Ws, finish_http, start_http, tcp},
    server::TestServer,
};
use std::{io::Write, net::TcpStream, sync::mpsc::Sender, time::Duration};

/// An ack of this many bytes, by an event as long.
fn asked(id: usize, bytes: usize) -> String {
    format!("42{id}[\"acked\",\"{}\"]", "x".repeat(bytes))
}

fn answer(id: usize, bytes: usize) -> String {
    format!("43{id}[\"{}\"]", "x".repeat(bytes))
}

/// Writes that many echoes, and says when the server takes no more.
fn ask(mut stream: TcpStream, count: usize, bytes: usize, stalled: Sender<()>) {
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let event = crate::client::frame(0x81, format!("42[\"echo\",\"{}\"]", "x".repeat(bytes)).as_bytes());
    for _ in 0..count {
        let mut rest = &event[..];
        while !rest.is_empty() {
            match stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                    let _ = stalled.send(());
                }
            }
        }
    }
}

#[test]
fn who_asks_faster_than_he_reads_waits_and_gets_everything() {
    let server = TestServer::with(|config| {
        config.limits.outbound_queue_bytes = 200_000;
        config.limits.outbound_queue_frames = 20;
    });
    let mut bystander = Bystander::of(&server);
    let (mut ws, _) = Ws::connected(server.addr);
    let (count, bytes) = (2_000, 50_000);
    // 100 MB of echoes: more than any kernel buffers, five hundred times the queue.
    let (stalled, is_stalled) = std::sync::mpsc::channel();
    let writer = ws.stream.try_clone().unwrap();
    let asking = std::thread::spawn(move || ask(writer, count, bytes, stalled));
    assert!(is_stalled.recv().is_ok(), "all of it was read, and none of the answers");
    bystander.is_well("a client that does not read");
    for _ in 0..count {
        assert_eq!(ws.text().len(), bytes + 13);
    }
    asking.join().unwrap();
    ws.echoes();
    assert!(server.io().stats().refusals.is_empty());
}

#[test]
fn many_large_answers_at_once_do_not_close_a_polling_client() {
    let server = TestServer::with(|config| {
        config.limits.outbound_queue_bytes = 100_000;
        config.limits.outbound_queue_frames = 10;
    });
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let (count, bytes) = (15, 60_000);
    let all: Vec<String> = (0..count).map(|id| asked(id, bytes)).collect();
    poller.says(&all.join("\x1e"));
    // What others send has its room all the same.
    poller_hears_all(&poller, (0..count).map(|id| answer(id, bytes)).collect());
    poller.says("42[\"echo\",1]");
    poller.hears("42[\"echo\",1]");
}

fn poller_hears_all(poller: &Poller, expected: Vec<String>) {
    let mut heard = Vec::new();
    while heard.len() < expected.len() {
        let (status, body) = poller.get();
        assert_eq!(status, 200, "{body}");
        heard.extend(body.split('\x1e').map(str::to_owned));
    }
    assert!(heard == expected);
}

#[test]
fn a_post_waits_until_what_waits_is_fetched() {
    let server = TestServer::with(|config| config.limits.outbound_queue_frames = 10);
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let six = ["42[\"echo\",1]"; 6].join("\x1e");
    poller.says(&six);
    let mut post = tcp(server.addr);
    start_http(&mut post, server.addr, &format!("POST {}", poller.path()), "", "42[\"echo\",2]");
    post.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(std::io::Read::read(&mut &post, &mut [0]).is_err(), "it was answered");
    post.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    poller.hears(&six);
    assert_eq!(finish_http(post).2, "ok");
    poller.hears("42[\"echo\",2]");
}

#[test]
fn a_post_that_waits_runs_out_of_time() {
    let server = TestServer::with(|config| {
        config.limits.outbound_queue_frames = 10;
        config.limits.handshake_ms = 200;
    });
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    poller.says(&["42[\"echo\",1]"; 6].join("\x1e"));
    assert_eq!(poller.post("42[\"echo\",2]").0, 408);
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["handshake_ms"], 1);
    assert_eq!(server.io().stats().refusals["post_failed"], 1);
}

#[test]
fn answers_have_a_limit_too() {
    let server = TestServer::with(|config| {
        config.limits.outbound_queue_bytes = 1_000;
        config.limits.outbound_answer_bytes = 3_000;
    });
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let ask_all = |count| {
        let later = |id| format!("42{id}[\"answer later\",\"{}\"]", "x".repeat(980));
        let all: Vec<String> = (0..count).map(later).chain(["42[\"answer\"]".to_owned()]).collect();
        poller.says(&all.join("\x1e"));
    };
    ask_all(3);
    poller_hears_all(&poller, (0..3).map(|id| answer(id, 980)).collect());
    ask_all(4);
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["slow_consumer"], 1);
}

/// Others have their turn while a POST of very many packets is dealt with, and what is not fetched is not asked for.
#[test]
fn one_post_of_very_many_packets_is_dealt_with_in_turns() {
    let server = TestServer::with(|config| config.shards = 1);
    let mut bystander = Bystander::of(&server);
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let count = 20_000;
    poller.says(&vec!["420[\"acked\"]"; count].join("\x1e"));
    bystander.is_well("a POST of many questions");
    // The next POST is read behind it.
    let mut post = tcp(server.addr);
    start_http(&mut post, server.addr, &format!("POST {}", poller.path()), "", "42[\"echo\",\"last\"]");
    let answers = std::iter::repeat_n("430[]".to_owned(), count);
    poller_hears_all(&poller, answers.chain(["42[\"echo\",\"last\"]".to_owned()]).collect());
    assert_eq!(finish_http(post).2, "ok");
}

#[test]
fn what_is_left_of_a_post_comes_before_what_follows_over_a_websocket() {
    let server = TestServer::with(|config| config.limits.outbound_queue_frames = 10);
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let count = 1_000;
    let all: Vec<String> = (0..count).map(|n| format!("42[\"echo\",{n}]")).collect();
    poller.says(&all.join("\x1e"));
    let mut ws = Ws::upgrade(server.addr, &format!("&sid={}", poller.sid), crate::client::KEY).unwrap();
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    ws.send("5");
    ws.send("42[\"echo\",\"last\"]");
    for packet in all {
        assert_eq!(ws.text(), packet);
    }
    assert_eq!(ws.text(), "42[\"echo\",\"last\"]");
}

#[test]
fn a_post_that_is_malformed_at_its_end_closes_the_session() {
    let server = TestServer::start();
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let all = vec!["42[\"join\",\"room\"]"; 1_000].join("\x1e");
    poller.says(&format!("{all}\x1eno packet"));
    while poller.get().0 == 200 {}
    assert_eq!(server.io().stats().refusals["malformed_payload"], 1);
}

#[test]
fn connecting_and_leaving_all_the_time_holds_nobody_up() {
    let server = TestServer::with(|config| config.shards = 1);
    let mut bystander = Bystander::of(&server);
    let poller = Poller::open(server.addr);
    poller.says(&vec!["40\x1e41"; 20_000].join("\x1e"));
    bystander.is_well("a POST of CONNECTs");
}
