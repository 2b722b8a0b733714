//! Engine.IO packets over both transports.

use crate::{
    case::{Case, breach, exchange, joined_breach, served, text},
    client::{Poller, Seen, Ws, frame, http},
};
use std::net::SocketAddr;

pub(crate) fn cases() -> Vec<Case> {
    [on_a_websocket(), payloads(), many_packets(), bodies()].into_iter().flatten().collect()
}

fn on_a_websocket() -> Vec<Case> {
    let malformed = [
        ("empty message", ""),
        ("unknown packet", "9"),
        ("packet that begins with a letter", "a"),
        ("packet that begins with two bytes", "é"),
        ("packet that begins with four bytes", "😀"),
        ("packet that begins with NUL", "\0"),
        ("packet that begins with a space", " 40"),
        ("close with data", "1x"),
        ("upgrade with data", "5x"),
        ("noop with data", "6x"),
        ("base64 that is none, in a frame", "b!!"),
        ("payload of two packets, outside of one", "6\u{1e}6"),
    ];
    let unexpected = [
        ("open from a client", "0{}"),
        ("ping from a client", "2"),
        ("probe without an upgrade", "2probe"),
        ("upgrade of a WebSocket", "5"),
    ];
    let mut cases: Vec<Case> =
        malformed.map(|(name, packet)| breach(name, text(packet), 1008, "malformed_engine_packet")).into();
    cases.extend(unexpected.map(|(name, packet)| breach(name, text(packet), 1008, "unexpected_packet")));
    cases.push(breach("binary before anything else", frame(0x82, b"x"), 1008, "malformed_packet"));
    cases.push(breach("empty binary", frame(0x82, b""), 1008, "malformed_packet"));
    cases.push(joined_breach(
        "unknown packet after good ones",
        [text("3"), text("6"), text("8")].concat(),
        1008,
        "malformed_engine_packet",
    ));
    cases.push(served("a thousand pong packets that nobody asked for", text("3probe").repeat(1000), vec![]));
    cases.push(served("a thousand noops", text("6").repeat(1000), vec![]));
    cases.push(Case::new("close packet, then an event", &[], |world| {
        let (mut ws, _) = Ws::connected(world.calm.addr);
        ws.bytes(&[text("1"), text(r#"42["echo","late"]"#)].concat());
        assert_eq!(ws.see(), Seen::Close(1000));
        assert_eq!(ws.see(), Seen::End);
    }));
    cases
}

/// What is posted to a fresh session, the status, and the counters.
fn posted(name: &str, body: impl Into<String>, status: u16, counts: &[&'static str]) -> Case {
    let (body, gone) = (body.into(), !counts.is_empty());
    // The GET that finds the session gone is counted too.
    let counts: Vec<&str> = counts.iter().copied().chain(gone.then_some("refused_request")).collect();
    Case::new(name, &counts, move |world| {
        let poller = Poller::open(world.calm.addr);
        assert_eq!(poller.post(&body).0, status);
        if gone {
            assert_eq!(poller.get().0, 400);
        } else {
            ends(&poller);
        }
    })
}

/// A session that still works is closed as a client does it.
pub(crate) fn ends(poller: &Poller) {
    poller.says("40");
    while !poller.get().1.contains("40{") {}
    poller.says("1");
    poller.hears("6");
}

fn payloads() -> Vec<Case> {
    let bad = &["malformed_payload"];
    let separators = "\u{1e}".repeat(10_000);
    let noops = vec!["6"; 10_000].join("\u{1e}");
    vec![
        posted("empty payload", "", 400, bad),
        posted("payload of a letter", "abc", 400, bad),
        posted("lone separator", "\u{1e}", 400, bad),
        posted("ten thousand separators", separators, 400, bad),
        posted("separator in front", "\u{1e}6", 400, bad),
        posted("separator at the end", "6\u{1e}", 400, bad),
        posted("two separators", "6\u{1e}\u{1e}6", 400, bad),
        posted("the framing of version 3", "1:6", 400, bad),
        posted("form of JSONP", "d=6", 400, bad),
        posted("base64 that is none", "b!!", 400, bad),
        posted("base64 of one character", "bA", 400, bad),
        posted("base64 without its padding", "bAQ", 400, bad),
        posted("base64 with bits left over", "bAR==", 400, bad),
        posted("base64 for URLs", "b_-8=", 400, bad),
        posted("base64 with a line break", "bAQID\nAQID", 400, bad),
        posted("base64 after its padding", "bAQ==AQ==", 400, bad),
        posted("ping in a payload", "6\u{1e}2", 200, &["unexpected_packet"]),
        posted("open in a payload", "0", 200, &["unexpected_packet"]),
        posted("upgrade by polling", "5", 200, &["unexpected_packet"]),
        posted("attachment of nothing", "bAQID", 200, &["malformed_packet"]),
        posted("empty attachment of nothing", "b", 200, &["malformed_packet"]),
        posted("unknown packet behind a breach", "2\u{1e}abc", 200, &["unexpected_packet"]),
        posted("ten thousand noops", noops, 200, &[]),
        posted("payload as large as may be", format!("3{}", "x".repeat(999_999)), 200, &[]),
        Case::new("more answers than the queue holds", &[], |world| {
            let poller = questions(world.calm.addr);
            let mut heard = 0;
            while heard < QUESTIONS {
                let (status, body) = poller.get();
                assert_eq!(status, 200);
                heard += body.matches("42[").count();
            }
            poller.says("1");
            poller.hears("6");
        }),
        Case::new("more answers than the queue holds, not polled", &["ping_timeout"], |world| {
            questions(world.hasty.addr);
        }),
    ]
}

const QUESTIONS: usize = 2_000;

/// A session that has asked so much in one POST.
fn questions(addr: SocketAddr) -> Poller {
    let poller = Poller::open(addr);
    poller.says("40");
    assert!(poller.get().1.starts_with("40"));
    poller.says(&vec![r#"42["echo"]"#; QUESTIONS].join("\u{1e}"));
    poller
}

/// A million bytes of packets that mean something.
fn many_packets() -> Vec<Case> {
    let many = |name: &'static str, packets: &'static str, count: usize, answers: usize| {
        Case::new(name, &[], move |world| {
            let poller = Poller::open(world.calm.addr);
            poller.says("40");
            assert!(poller.get().1.starts_with("40"));
            poller.says(&vec![packets; count].join("\u{1e}"));
            let mut heard = 0;
            while heard < answers {
                heard += poller.get().1.matches("43").count();
            }
            poller.says("1");
            while poller.get().0 == 200 {}
        })
        .also("refused_request")
    };
    vec![
        many("a POST of very many questions", "420[\"acked\"]", 70_000, 70_000),
        many("a POST of very many CONNECTs and DISCONNECTs", "41\u{1e}40", 160_000, 0),
        many("a POST of very many pongs", "3", 400_000, 0),
    ]
}

/// A POST of raw bytes to a fresh session; `{path}` in the head is its path.
pub(crate) fn raw_post(
    name: &str,
    head: &str,
    body: Vec<u8>,
    statuses: &[u16],
    counts: &[&'static str],
) -> Case {
    let (head, statuses, gone) = (head.to_owned(), statuses.to_vec(), !counts.is_empty());
    Case::new(name, counts, move |world| {
        let poller = Poller::open(world.calm.addr);
        let head = format!("POST {} HTTP/1.1\r\nHost: x\r\n{head}\r\n", poller.path());
        assert_eq!(exchange(world.calm.addr, &[head.as_bytes(), &body].concat()).0, statuses);
        if !gone {
            ends(&poller);
        }
    })
}

fn bodies() -> Vec<Case> {
    let chunked = "Transfer-Encoding: chunked\r\nConnection: close\r\n";
    let length = |length: usize| format!("Content-Length: {length}\r\nConnection: close\r\n");
    let failed = &["post_failed"];
    let large = &["max_payload_bytes", "post_failed"];
    let tiny = [b"1\r\n6\r\n".as_slice(), &b"1\r\n\x1e\r\n1\r\n6\r\n".repeat(20_000), b"0\r\n\r\n"].concat();
    let extension = [b"1;", "x".repeat(20_000).as_bytes(), b"\r\n6\r\n0\r\n\r\n"].concat();
    let trailers = ["1\r\n6\r\n0\r\n".to_owned(), "X-T: y\r\n".repeat(3000), "\r\n".to_owned()].concat();
    let announced = |world: &crate::case::World| Poller::open(world.calm.addr);
    vec![
        raw_post("body that is not UTF-8", &length(3), b"4\xff\xfe".to_vec(), &[400], &["malformed_payload"]),
        raw_post(
            "compressed body",
            &format!("Content-Encoding: gzip\r\n{}", length(4)),
            b"\x1f\x8b\x08\x00".to_vec(),
            &[400],
            &["malformed_payload"],
        ),
        raw_post(
            "wrong content type",
            &format!("Content-Type: application/octet-stream\r\n{}", length(1)),
            b"6".to_vec(),
            &[200],
            &[],
        ),
        raw_post("in chunks of one byte", chunked, tiny, &[200], &[]),
        raw_post("chunk size that is no number", chunked, b"zz\r\n6\r\n".to_vec(), &[400], failed),
        raw_post(
            "chunk size of 64 bits and one",
            chunked,
            b"10000000000000000\r\n6\r\n".to_vec(),
            &[400],
            failed,
        ),
        raw_post("chunk longer than its size", chunked, b"1\r\n66\r\n0\r\n\r\n".to_vec(), &[400], failed),
        raw_post("extension of a chunk without end", chunked, extension, &[400], failed),
        raw_post("trailers without end", chunked, trailers.into_bytes(), &[400], failed),
        Case::new("more than was announced", &["malformed_request"], |world| {
            let poller = Poller::open(world.calm.addr);
            let path = poller.path();
            let request =
                format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n6666 / HTTP/9\r\n\r\n");
            assert_eq!(exchange(world.calm.addr, request.as_bytes()).0, [200, 400]);
            ends(&poller);
        }),
        Case::new("body too large by one", large, move |world| {
            let poller = announced(world);
            // A server that answers before it has read everything may be heard or not.
            assert!(matches!(poller.post(&format!("4{}", "x".repeat(1_000_000))).0, 413 | 0));
        }),
        Case::new("chunks without end", large, |world| {
            let poller = Poller::open(world.calm.addr);
            let head =
                format!("POST {} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", poller.path());
            let mut stream = crate::client::tcp(world.calm.addr);
            std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
            let chunk = [b"10000\r\n", [b'6'; 0x10000].as_slice(), b"\r\n"].concat();
            while std::io::Write::write_all(&mut stream, &chunk).is_ok() {}
        }),
        Case::new("body announced, too large for any server", large, |world| {
            let poller = Poller::open(world.calm.addr);
            let request = format!("POST {}", poller.path());
            let status = http(world.calm.addr, &request, "Content-Length: 9223372036854775807\r\n", "").0;
            assert_eq!(status, 413);
        }),
    ]
}
