//! Polling sessions whose requests overlap, stop or never come.

use crate::{
    case::{Case, World, text},
    checks::BYSTANDERS,
    client::{KEY, Poller, Seen, Ws, finish_http, frame, http, start_http, tcp},
    engine::ends,
};
use std::{io::Write, net::Shutdown};

pub(crate) fn cases() -> Vec<Case> {
    [overlaps(), broken_off(), abandoned(), full_queues()].into_iter().flatten().collect()
}

fn upgraded(world: &World) -> (Poller, Ws) {
    let poller = Poller::open(world.calm.addr);
    let mut ws = Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
    ws.send("2probe");
    assert_eq!(ws.text(), "3probe");
    ws.send("5");
    ws.connect("", "");
    (poller, ws)
}

/// Starts a POST whose body is one byte short.
fn half_post(poller: &Poller) -> std::net::TcpStream {
    let mut stream = tcp(poller.addr);
    let length = "Content-Length: 2\r\n";
    start_http(&mut stream, poller.addr, &format!("POST {}", poller.path()), length, "");
    stream.write_all(b"6").unwrap();
    stream
}

fn overlaps() -> Vec<Case> {
    vec![
        Case::new("two polls at once", &["poll_overlap", "refused_request"], |world| {
            let poller = Poller::open(world.calm.addr);
            let (first, second) = (poller.start_get(), poller.start_get());
            let mut statuses = [finish_http(first).0, finish_http(second).0];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 400]);
        }),
        Case::new("two posts at once", &["post_overlap", "refused_request", "refused_request"], |world| {
            let poller = Poller::open(world.calm.addr);
            let posts = [half_post(&poller), half_post(&poller)];
            world.calm.until("the session ends", |stats| stats.connections <= BYSTANDERS);
            drop(posts);
            assert_eq!(poller.get().0, 400);
        }),
        Case::new("a poll after the close", &["refused_request"], |world| {
            let poller = Poller::open(world.calm.addr);
            ends(&poller);
            assert_eq!(poller.get().0, 400);
        }),
        Case::new("a post after the close", &["refused_request"], |world| {
            let poller = Poller::open(world.calm.addr);
            poller.says("1");
            assert_eq!(poller.post("6").0, 400);
            poller.hears("6");
        }),
        Case::new("a poll after the upgrade", &["refused_request"], |world| {
            let (poller, mut ws) = upgraded(world);
            assert_eq!(poller.get().0, 400);
            ws.echoes();
        }),
        Case::new("a post after the upgrade", &["refused_request"], |world| {
            let (poller, mut ws) = upgraded(world);
            assert_eq!(poller.post(r#"42["echo","stolen"]"#).0, 400);
            ws.echoes();
        }),
        Case::new("a second upgrade after the first", &["double_upgrade"], |world| {
            let (poller, mut ws) = upgraded(world);
            let mut second = Ws::upgrade(poller.addr, &format!("&sid={}", poller.sid), KEY).unwrap();
            assert_eq!(second.see(), Seen::End);
            ws.echoes();
        }),
        Case::new(
            "another credential than the session's",
            &["changed_credentials", "refused_request"],
            |world| {
                let poller = Poller::open_with(world.calm.addr, "Authorization: Bearer a\r\n");
                let stolen = "Authorization: Bearer b\r\n";
                assert_eq!(http(world.calm.addr, &format!("POST {}", poller.path()), stolen, "1").0, 400);
                ends(&poller);
            },
        ),
        Case::new("a poll with another method", &["bad_handshake"], |world| {
            let poller = Poller::open(world.calm.addr);
            assert_eq!(http(world.calm.addr, &format!("DELETE {}", poller.path()), "", "").0, 400);
            ends(&poller);
        }),
    ]
}

fn broken_off() -> Vec<Case> {
    vec![
        Case::new("a post that ends too early", &["post_failed"], |world| {
            let stream = half_post(&Poller::open(world.calm.addr));
            stream.shutdown(Shutdown::Write).unwrap();
            finish_http(stream);
        }),
        Case::new("a post that stops", &["handshake_ms", "post_failed"], |world| {
            assert_eq!(finish_http(half_post(&Poller::open(world.hasty.addr))).0, 408);
        }),
        Case::new("a post without its body", &["handshake_ms", "post_failed"], |world| {
            let poller = Poller::open(world.hasty.addr);
            let length = "Content-Length: 1000000\r\n";
            assert_eq!(http(world.hasty.addr, &format!("POST {}", poller.path()), length, "").0, 408);
        }),
        Case::new("a poll that is abandoned", &["poll_aborted"], |world| {
            let poller = Poller::open(world.calm.addr);
            poller.says("40");
            poller.get();
            // A poll whose end arrives together with it never was one, so it is tried until it was.
            while world.calm.io().stats().sockets > BYSTANDERS {
                let waiting = poller.keep_alive_get();
                let _ = world.calm.disconnects.recv_timeout(std::time::Duration::from_millis(20));
                drop(waiting);
                let _ = world.calm.disconnects.recv_timeout(std::time::Duration::from_millis(200));
            }
        }),
    ]
}

fn abandoned() -> Vec<Case> {
    let many = |name: &'static str, counter: &'static str, begin: fn(&World) -> Option<Ws>| {
        Case::new(name, &[counter], move |world| {
            let begun: Vec<Ws> = (0..20).filter_map(|_| begin(world)).collect();
            begun.into_iter().for_each(|mut ws| assert_eq!(ws.ending(), None));
        })
        .times(20)
    };
    vec![
        many("sessions that are never polled", "connect_timeout", |world| {
            Poller::open(world.hasty.addr);
            None
        }),
        many("sessions that join and are never polled", "ping_timeout", |world| {
            Poller::open(world.hasty.addr).says("40");
            None
        }),
        many("WebSockets that join and never answer a ping", "ping_timeout", |world| {
            let mut ws = Ws::open(world.hasty.addr);
            ws.send("40");
            Some(ws)
        }),
        many("WebSockets that answer pings by frames only", "ping_timeout", |world| {
            let mut ws = Ws::open(world.hasty.addr);
            ws.bytes(&[text("40"), frame(0x8a, b"")].concat());
            Some(ws)
        }),
    ]
}

/// A session whose queue is full to the last frame, 512 frames that nobody has polled, when that happens which the packets
/// ask for: before it is full, since none would be read after.
fn full(world: &World, packets: &str) -> u16 {
    let poller = Poller::open_with(world.calm.addr, &format!("Cookie: {}\r\n", "c".repeat(8000)));
    poller.says("40");
    assert!(poller.get().1.starts_with("40"));
    poller.post(packets).0
}

fn full_queues() -> Vec<Case> {
    let overflown = |name: &'static str, packet: &'static str| {
        Case::new(name, &["slow_consumer"], move |world| {
            for _ in 0..20 {
                assert_eq!(full(world, packet), 200);
            }
        })
        .times(20)
    };
    vec![
        // Each of these once left something behind: a socket in the rooms, or one disconnected twice.
        overflown("a namespace that is joined with a full queue", "40/n0,\u{1e}42[\"flood\"]"),
        overflown("a socket that is disconnected with a full queue", r#"42["flood","kick"]"#),
        overflown("a refusal with a full queue", "40/n0,{\"refuse\":\"x\"}\u{1e}42[\"flood\"]")
            .also_times("connect_error", 20),
        overflown("a question with a full queue", r#"42["flood","ask"]"#),
    ]
}
