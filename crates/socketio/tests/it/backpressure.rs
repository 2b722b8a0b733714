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
        config.limits.outbound_queue_frames = 2;
        config.limits.outbound_answer_bytes = 3_000;
    });
    let poller = Poller::open(server.addr);
    poller.says("40");
    poller.get();
    let three: Vec<String> = (0..3).map(|id| asked(id, 980)).collect();
    poller.says(&three.join("\x1e"));
    poller_hears_all(&poller, (0..3).map(|id| answer(id, 980)).collect());
    let four: Vec<String> = (0..4).map(|id| asked(id, 980)).collect();
    poller.says(&four.join("\x1e"));
    assert_eq!(poller.get().0, 400);
    assert_eq!(server.io().stats().refusals["slow_consumer"], 1);
}
