//! Frames of RFC 6455 that no client sends, and some that clients may send.

use crate::{
    case::{Case, breach, joined_breach, served, text},
    client::{Seen, Ws, frame, tcp},
};
use std::{io::Read, time::Duration};

const RULE: &str = "websocket_protocol";

pub(crate) fn cases() -> Vec<Case> {
    [heads(), lengths(), fragments(), encodings(), closes(), allowed(), deliveries()]
        .into_iter()
        .flatten()
        .collect()
}

fn heads() -> Vec<Case> {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("first reserved bit, as compression would set it", frame(0xc1, b"40")),
        ("second reserved bit", frame(0xa1, b"40")),
        ("third reserved bit", frame(0x91, b"40")),
        ("reserved bit of a control frame", frame(0xc9, b"x")),
        ("lowest reserved opcode", frame(0x83, b"x")),
        ("highest reserved opcode of data", frame(0x87, b"x")),
        ("lowest reserved opcode of control", frame(0x8b, b"x")),
        ("highest reserved opcode", frame(0x8f, b"x")),
        ("unmasked text", vec![0x81, 2, b'4', b'0']),
        ("unmasked ping", vec![0x89, 0]),
        ("unmasked and empty", vec![0x82, 0]),
        ("fragmented ping", frame(0x09, b"x")),
        ("fragmented pong", frame(0x0a, b"x")),
        ("fragmented close", frame(0x08, &1000_u16.to_be_bytes())),
        ("ping of 126 bytes", frame(0x89, &[0; 126])),
        ("ping with a length of 64 bits", frame(0x89, &vec![0; 65_536])),
        ("another HTTP request", b"GET /socket.io/ HTTP/1.1\r\n\r\n".to_vec()),
        ("good frame, then garbage", [text("40"), vec![0xff; 64]].concat()),
    ];
    cases.into_iter().map(|(name, bytes)| breach(name, bytes, 1002, RULE)).collect()
}

fn lengths() -> Vec<Case> {
    let wide = |len: u64| [&[0x82, 0xff][..], &len.to_be_bytes(), &[0; 4]].concat();
    let over = "max_payload_bytes";
    vec![
        breach("length 125 in 16 bits", vec![0x81, 0xfe, 0, 125, 0, 0, 0, 0], 1002, RULE),
        breach("length 0 in 16 bits", vec![0x81, 0xfe, 0, 0, 0, 0, 0, 0], 1002, RULE),
        breach("length 65 535 in 64 bits", wide(65_535), 1002, RULE),
        breach("length 2^63", wide(1 << 63), 1002, RULE),
        breach("length 2^64 - 1", wide(u64::MAX), 1002, RULE),
        breach("length 2^63 - 1", wide(i64::MAX as u64), 1009, over),
        breach("length 2^32", wide(1 << 32), 1009, over),
        breach("one byte too large, announced", wide(1_000_001), 1009, over),
        // Read to its end, so the refusal is another: nobody announced an attachment.
        breach("as large as may be", frame(0x82, &vec![0; 1_000_000]), 1008, "malformed_packet"),
    ]
}

fn fragments() -> Vec<Case> {
    let over = "max_payload_bytes";
    let mut pinged = frame(0x02, &[0; 10]);
    (0..11).for_each(|_| pinged.extend([frame(0x89, b""), frame(0x00, &[0; 100_000])].concat()));
    vec![
        breach("continuation of nothing", frame(0x80, b"x"), 1002, RULE),
        breach("unfinished continuation of nothing", frame(0x00, b"x"), 1002, RULE),
        breach(
            "continuation after the end",
            [frame(0x01, b"4"), frame(0x80, b"0"), frame(0x80, b"x")].concat(),
            1002,
            RULE,
        ),
        breach("text inside a text", [frame(0x01, b"4"), text("40")].concat(), 1002, RULE),
        breach("binary inside a text", [frame(0x01, b"4"), frame(0x82, b"40")].concat(), 1002, RULE),
        breach(
            "pong packet inside a text, to stay alive",
            [frame(0x01, b"4"), text("3")].concat(),
            1002,
            RULE,
        ),
        breach(
            "continuation too large by one",
            [frame(0x02, &[0; 500_000]), frame(0x00, &[0; 500_001])].concat(),
            1009,
            over,
        ),
        breach(
            "continuation that announces 2^62",
            [frame(0x02, b"x"), vec![0x80, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0]].concat(),
            1009,
            over,
        ),
        breach("endless continuation with pings between", pinged, 1009, over),
        breach(
            "endless text",
            [frame(0x01, &[b'4'; 600_000]), frame(0x00, &[b'4'; 600_000])].concat(),
            1009,
            over,
        ),
    ]
}

fn encodings() -> Vec<Case> {
    let whole: [(&str, &[u8]); 10] = [
        ("byte that UTF-8 never has", b"4\xff"),
        ("continuation byte alone", b"4\x80"),
        ("overlong NUL of two bytes", b"4\xc0\x80"),
        ("overlong slash of three bytes", b"4\xe0\x80\xaf"),
        ("overlong slash of four bytes", b"4\xf0\x80\x80\xaf"),
        ("high surrogate in UTF-8", b"4\xed\xa0\x80"),
        ("surrogate pair in UTF-8", b"4\xed\xa0\xbd\xed\xb8\x80"),
        ("beyond U+10FFFF", b"4\xf4\x90\x80\x80"),
        ("lead byte of five", b"4\xf8\x88\x80\x80\x80"),
        ("character cut at the end", b"4\xe2\x82"),
    ];
    let split: [(&str, Vec<u8>); 5] = [
        ("surrogate begun in a fragment", frame(0x01, b"4\xed\xa0")),
        ("overlong form begun in a fragment", frame(0x01, b"4\xf0\x80")),
        ("character broken across fragments", [frame(0x01, b"4\xe2\x82"), frame(0x00, b"\x28")].concat()),
        ("character cut by the last fragment", [frame(0x01, b"4\xc3"), frame(0x80, b"")].concat()),
        (
            "lead byte after a cut character",
            [frame(0x01, b"4\xe2"), frame(0x00, b""), frame(0x80, b"\xe2\x82\xac")].concat(),
        ),
    ];
    let whole = whole.map(|(name, bytes)| (name, frame(0x81, bytes)));
    whole.into_iter().chain(split).map(|(name, bytes)| breach(name, bytes, 1007, "invalid_utf8")).collect()
}

fn closes() -> Vec<Case> {
    let refused = [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX];
    let mut cases: Vec<Case> = refused
        .into_iter()
        .map(|code| breach(format!("close code {code}"), frame(0x88, &code.to_be_bytes()), 1002, RULE))
        .collect();
    cases.push(breach("half a close code", frame(0x88, &[3]), 1002, RULE));
    cases.push(breach("close reason not UTF-8", frame(0x88, b"\x03\xe8\xff"), 1007, "invalid_utf8"));
    cases.push(breach("close reason cut", frame(0x88, b"\x03\xe8\xe2\x82"), 1007, "invalid_utf8"));
    for code in [1000_u16, 1003, 1007, 1014, 3000, 4999] {
        let payload = [&code.to_be_bytes()[..], &[b'x'; 123]].concat();
        cases.push(Case::new(format!("close code {code} is repeated"), &[], move |world| {
            let mut ws = Ws::open(world.calm.addr);
            ws.bytes(&frame(0x88, &payload));
            assert_eq!(ws.ending(), Some(code));
        }));
    }
    cases.push(Case::new("close without a code, then events and garbage", &[], |world| {
        let (mut ws, _) = Ws::connected(world.calm.addr);
        ws.bytes(&[frame(0x88, b""), text(r#"42["echo","late"]"#), vec![0xff; 1000]].concat());
        assert_eq!(ws.see(), Seen::Close(1000));
        assert_eq!(ws.see(), Seen::End);
    }));
    cases
}

fn allowed() -> Vec<Case> {
    let echo = r#"42["echo","é€😀"]"#;
    let said = |text: &str| vec![Seen::Text(text.to_owned())];
    let mut zero_mask = vec![0x81, 0x80 | echo.len() as u8, 0, 0, 0, 0];
    zero_mask.extend_from_slice(echo.as_bytes());
    let (first, rest) = echo.as_bytes().split_at(1);
    let mut single = frame(0x01, first);
    rest.iter().for_each(|byte| single.extend(frame(0x00, &[*byte])));
    single.extend(frame(0x80, b""));
    let mut empties = frame(0x01, b"");
    (0..5000).for_each(|_| empties.extend(frame(0x00, b"")));
    empties.extend(frame(0x80, echo.as_bytes()));
    let flood: Vec<u8> = (0..2000).flat_map(|_| frame(0x89, &[7; 20])).collect();
    let mut cases = vec![
        served("mask of zeros", zero_mask, said(echo)),
        served("one byte in each fragment, characters split", single, said(echo)),
        served("five thousand empty fragments", empties, said(echo)),
        served("ping of 125 bytes", frame(0x89, &[7; 125]), vec![Seen::Pong(vec![7; 125])]),
        served("a thousand pongs that nobody asked for", frame(0x8a, b"x").repeat(1000), vec![]),
        served(
            "two thousand pings, answers read",
            flood,
            (0..2000).map(|_| Seen::Pong(vec![7; 20])).collect(),
        ),
    ];
    for len in [125, 126, 65_535, 65_536] {
        let head = r#"42["echo",""#;
        let event = format!(r#"{head}{}"]"#, "x".repeat(len - head.len() - 2));
        cases.push(served(format!("event of {len} bytes"), text(&event), said(&event)));
    }
    cases
}

fn deliveries() -> Vec<Case> {
    let cut = |name: &'static str, bytes: Vec<u8>| {
        Case::new(name, &[], move |world| {
            Ws::connected(world.calm.addr).0.bytes(&bytes);
        })
    };
    let silent = |name: &'static str, bytes: Vec<u8>| {
        Case::new(name, &["ping_timeout"], move |world| {
            let mut ws = Ws::open(world.hasty.addr);
            ws.bytes(&[text("40"), bytes.clone()].concat());
            assert_eq!(ws.ending(), None);
        })
    };
    vec![
        cut("half a header, then the end", vec![0x81]),
        cut("half a frame, then the end", frame(0x82, &[0; 900_000])[..500_000].to_vec()),
        cut("half a message, then the end", frame(0x02, &vec![0; 900_000])),
        silent("half a header, then silence", vec![0x81]),
        silent("half a length, then silence", vec![0x82, 0xff, 0, 0]),
        silent("half a frame, then silence", frame(0x82, &[0; 900_000])[..500_000].to_vec()),
        silent("half a message, then silence", frame(0x02, &vec![0; 900_000])),
        Case::new("good frames byte by byte", &[], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            for byte in text(r#"42["echo","slowly"]"#) {
                ws.bytes(&[byte]);
            }
            assert_eq!(ws.text(), r#"42["echo","slowly"]"#);
        }),
        Case::new("reset in the middle of a frame", &["transport_error"], |world| {
            let (mut ws, _) = Ws::connected(world.calm.addr);
            ws.bytes(&frame(0x82, &[0; 100])[..50]);
            socket2::SockRef::from(&ws.stream).set_linger(Some(Duration::ZERO)).unwrap();
        }),
        // The server stops reading before its queue overflows; then nothing moves.
        Case::new("pings whose answers nobody reads", &["write_stall"], |world| {
            let mut ws = Ws::open(world.calm.addr);
            let pings = frame(0x89, &[7; 125]).repeat(2000);
            while std::io::Write::write_all(&mut ws.stream, &pings).is_ok() {}
        }),
        Case::new("nothing at all on a WebSocket", &["connect_timeout"], |world| {
            let mut ws = Ws::open(world.hasty.addr);
            while let Seen::Text(ping) = ws.see() {
                ws.send(&ping.replace('2', "3"));
            }
        }),
        joined_breach("garbage of every byte", (0..=255).collect(), 1002, RULE),
        Case::new("a connection that says nothing before it goes", &[], |world| {
            let mut stream = tcp(world.calm.addr);
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
        }),
    ]
}
