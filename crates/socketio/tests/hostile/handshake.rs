//! HTTP requests: their size, their syntax, their end.

use crate::{
    case::{Case, close_sessions, exchange},
    client::tcp,
};
use std::io::{Read, Write};

pub(crate) const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1";
pub(crate) const BAD: &[&str] = &["bad_handshake"];
const MALFORMED: &[&str] = &["malformed_request"];
const HEADERS: &[&str] = &["handshake_header_bytes"];

pub(crate) fn cases() -> Vec<Case> {
    [sizes(), syntax(), smuggling(), harmless(), slow()].into_iter().flatten().collect()
}

pub(crate) fn request(line: &str, headers: &str) -> Vec<u8> {
    format!("{line}\r\nHost: chat.example\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// Raw bytes, and the only status that answers them (0: none).
pub(crate) fn refused(name: impl Into<String>, bytes: Vec<u8>, status: u16, counts: &[&'static str]) -> Case {
    Case::new(name, counts, move |world| {
        let expected = if status == 0 { vec![] } else { vec![status] };
        assert_eq!(exchange(world.calm.addr, &bytes).0, expected);
    })
}

/// Raw bytes that open this many sessions, whatever they look like.
pub(crate) fn opens(name: &str, bytes: Vec<u8>, sessions: usize) -> Case {
    Case::new(name, &[], move |world| {
        let (statuses, answer) = exchange(world.calm.addr, &bytes);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), sessions, "{answer}");
        assert_eq!(close_sessions(world.calm.addr, &answer), sessions);
    })
}

fn sizes() -> Vec<Case> {
    let headers = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let long = "y".repeat(20_000);
    vec![
        // With Host and Connection.
        opens("100 headers", request(OPEN, &headers(98)), 1),
        refused("101 headers", request(OPEN, &headers(99)), 431, HEADERS),
        refused("2000 headers", request(OPEN, &headers(2000)), 431, HEADERS),
        refused("a long header", request(OPEN, &format!("X: {long}\r\n")), 431, HEADERS),
        refused("a long name of a header", request(OPEN, &format!("{long}: x\r\n")), 431, HEADERS),
        refused("a long URI", request(&format!("GET /socket.io/?{long} HTTP/1.1"), ""), 431, HEADERS),
        refused("a method without end", long.into_bytes(), 431, HEADERS),
        refused("spaces without end", vec![b' '; 20_000], 400, MALFORMED),
    ]
}

fn syntax() -> Vec<Case> {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("HTTP/0.9", b"GET /socket.io/\r\n\r\n".to_vec()),
        ("HTTP/1.2", request(&OPEN.replace("1.1", "1.2"), "")),
        ("a TLS hello", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500]].concat()),
        ("a header without a colon", request(OPEN, "Nothing\r\n")),
        ("a space before the colon", request(OPEN, "Content-Length : 0\r\n")),
        ("a folded header", request(OPEN, "X: a\r\n b\r\n")),
        ("an empty name of a header", request(OPEN, ": x\r\n")),
        ("NUL in a header", request(OPEN, "X: a\0b\r\n")),
        ("a carriage return in a header", request(OPEN, "X: a\rb: c\r\n")),
        ("a space in the URI", request("GET /socket.io/?EIO=4& transport=polling HTTP/1.1", "")),
        ("a control character in the URI", request("GET /socket.io/?EIO=4&\x01 HTTP/1.1", "")),
        ("a method with a bracket", request("GE(T /socket.io/?EIO=4&transport=polling HTTP/1.1", "")),
        ("zeros", vec![0; 64]),
    ];
    let mut cases: Vec<Case> =
        cases.into_iter().map(|(name, bytes)| refused(name, bytes, 400, MALFORMED)).collect();
    // An answer in HTTP/1.1 would mean nothing to who says this.
    cases.push(refused("the preface of HTTP/2", preface, 0, MALFORMED));
    cases
}

fn smuggling() -> Vec<Case> {
    let post = "POST /socket.io/?EIO=4&transport=polling HTTP/1.1";
    let smuggled = format!("0\r\n\r\n{OPEN}\r\nHost: x\r\n\r\n");
    let pair = |headers: &str| {
        let head = format!("{post}\r\nHost: x\r\n{headers}\r\n").into_bytes();
        [head, smuggled.clone().into_bytes()].concat()
    };
    let bad = [
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("a list of lengths", "Content-Length: 5, 5\r\n"),
        ("a negative length", "Content-Length: -1\r\n"),
        ("a length with a plus", "Content-Length: +5\r\n"),
        ("a length in hex", "Content-Length: 0x5\r\n"),
        ("a length beyond 64 bits", "Content-Length: 18446744073709551616\r\n"),
        ("an empty length", "Content-Length: \r\n"),
        ("chunked is not the last coding", "Transfer-Encoding: chunked, identity\r\n"),
        ("an unknown coding", "Transfer-Encoding: xchunked\r\n"),
        ("an unknown coding beside a length", "Content-Length: 5\r\nTransfer-Encoding: cow\r\n"),
        ("a coding after chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n"),
    ];
    let mut cases: Vec<Case> =
        bad.map(|(name, headers)| refused(name, request(post, headers), 400, MALFORMED)).into();
    let old = post.replace("1.1", "1.0");
    cases.push(refused(
        "chunked in HTTP/1.0",
        request(&old, "Transfer-Encoding: chunked\r\n"),
        400,
        MALFORMED,
    ));
    // The first is refused and nothing behind it is taken for a request.
    let both = [
        ("a length, then chunked", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
        ("chunked, then a length", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
    ];
    cases.extend(both.map(|(name, headers)| refused(name, pair(headers), 400, BAD)));
    cases
}

fn harmless() -> Vec<Case> {
    let open = format!("{OPEN}\r\nHost: chat.example\r\n\r\n");
    vec![
        opens("an absolute URI", request(&OPEN.replace("/socket", "http://evil.example/socket"), ""), 1),
        opens("HTTP/1.0", request(&OPEN.replace("1.1", "1.0"), ""), 1),
        opens("three requests at once", [open.repeat(2).into_bytes(), request(OPEN, "")].concat(), 3),
        opens("EIO twice, first the right one", request(&OPEN.replace("EIO=4", "EIO=4&EIO=3"), ""), 1),
        opens("a body on a GET", [request(OPEN, "Content-Length: 3\r\n"), b"abc".to_vec()].concat(), 1),
        opens("a request, then garbage", [request(OPEN, ""), vec![0xff; 100]].concat(), 1),
        refused("a path beside ours", request("GET /socket.iox/?EIO=4 HTTP/1.1", ""), 404, &[]),
        refused("a path in capitals", request("GET /Socket.IO/?EIO=4 HTTP/1.1", ""), 404, &[]),
        refused("the asterisk", request("OPTIONS * HTTP/1.1", ""), 404, &[]),
        refused("a tunnel", request("CONNECT chat.example:443 HTTP/1.1", ""), 404, &[]),
    ]
}

fn slow() -> Vec<Case> {
    let waits = |name: &'static str, bytes: &'static [u8]| {
        Case::new(name, &["handshake_ms"], move |world| {
            let mut stream = tcp(world.hasty.addr);
            stream.write_all(bytes).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
        })
    };
    vec![
        waits("a connection without a byte", b""),
        waits("half a request line", b"GET /socket.io"),
        waits("half a header", b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nX: "),
        waits("headers without an end", b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n"),
        waits("a second request that never comes", b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case::new("a header byte by byte", &["handshake_ms"], |world| {
            let mut stream = tcp(world.hasty.addr);
            // Not silence: a byte whenever one can be written, until the server has had enough.
            let mut answer = [0; 64];
            stream.set_read_timeout(Some(std::time::Duration::from_millis(5))).unwrap();
            while stream.write_all(b"x").is_ok() && !matches!(stream.read(&mut answer), Ok(0)) {}
        }),
    ]
}
