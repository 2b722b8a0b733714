//! Input of somebody who means harm. After each case a bystander on the same server is well.

use crate::{
    bystander::Bystander,
    client::{Poller, Ws, frame},
    server::TestServer,
};

fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

/// Bytes after the open packet, and the close code that they earn.
fn websocket_cases() -> Vec<(&'static str, Vec<u8>, u16)> {
    let placeholder = |num: &str| text(&format!("451-[\"echo\",{{\"_placeholder\":true,\"num\":{num}}}]"));
    let joined = |rest: Vec<u8>| [text("40"), rest].concat();
    vec![
        ("reserved bit", frame(0xc1, b"40"), 1002),
        ("reserved opcode", frame(0x83, b"x"), 1002),
        ("reserved control opcode", frame(0x8f, b"x"), 1002),
        ("unmasked", vec![0x81, 2, b'4', b'0'], 1002),
        ("length not minimal", vec![0x81, 0xfe, 0, 2, 0, 0, 0, 0, b'4', b'0'], 1002),
        ("length 2^63", vec![0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
        ("length 2^62", vec![0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0], 1009),
        ("too large by one", frame(0x82, &vec![0; 1_000_001])[..20].to_vec(), 1009),
        ("fragmented ping", frame(0x09, b"x"), 1002),
        ("long ping", frame(0x89, &[0; 126]), 1002),
        ("continuation of nothing", frame(0x80, b"x"), 1002),
        ("message in a message", [frame(0x01, b"4"), text("40")].concat(), 1002),
        ("endless continuation", [frame(0x02, &[0; 500_000]), frame(0x00, &[0; 500_001])].concat(), 1009),
        ("invalid UTF-8", frame(0x81, &[b'4', 0xff]), 1007),
        ("invalid UTF-8 in a fragment", frame(0x01, &[b'4', 0xed, 0xa0]), 1007),
        ("cut UTF-8 at the end", [frame(0x01, &[b'4', 0xc3]), frame(0x80, b"")].concat(), 1007),
        ("close code 1005", frame(0x88, &1005_u16.to_be_bytes()), 1002),
        ("close code 999", frame(0x88, &999_u16.to_be_bytes()), 1002),
        ("half a close code", frame(0x88, &[3]), 1002),
        ("close reason not UTF-8", frame(0x88, &[3, 0xe8, 0xff]), 1007),
        ("empty message", text(""), 1008),
        ("unknown engine packet", text("9"), 1008),
        ("open from a client", text("0{}"), 1008),
        ("ping from a client", text("2"), 1008),
        ("upgrade of a websocket", text("5"), 1008),
        ("empty socket packet", text("4"), 1008),
        ("unknown socket packet", text("49"), 1008),
        ("connect_error from a client", text("44{}"), 1008),
        ("connect with an array", text("40[]"), 1008),
        ("connect with cut JSON", text("40{\"a\":"), 1008),
        ("connect to a giant name", text(&format!("40/{},", "n".repeat(10_000))), 1008),
        ("connect twice", joined(text("40")), 1008),
        ("event before connect", text("42[\"echo\"]"), 1008),
        ("event to another namespace", joined(text("42/parlor,[\"echo\"]")), 1008),
        ("binary before connect", frame(0x82, b"x"), 1008),
        ("event without a name", joined(text("42[]")), 1008),
        ("event named null", joined(text("42[null]")), 1008),
        ("event named by an object", joined(text("42[{\"toString\":1}]")), 1008),
        ("reserved name", joined(text("42[\"disconnect\"]")), 1008),
        ("escaped reserved name", joined(text("42[\"dis\\u0063onnect\"]")), 1008),
        ("object payload", joined(text("42{}")), 1008),
        ("trailing text", joined(text("42[\"echo\"]x")), 1008),
        ("giant ack id", joined(text(&format!("42{}[\"echo\"]", "9".repeat(400)))), 1008),
        ("ack without an id", joined(text("43[]")), 1008),
        ("ack that is not JSON", joined(text("430[}")), 1008),
        (
            "deep JSON",
            joined(text(&format!("42[\"echo\",{}{}]", "[".repeat(100_000), "]".repeat(100_000)))),
            1008,
        ),
        ("depth 33", joined(text(&format!("42[\"echo\",{}{}]", "[".repeat(32), "]".repeat(32)))), 1008),
        ("eleven attachments", joined(text("4511-[\"echo\"]")), 1008),
        ("giant attachment count", joined(text("4599999999999999999999-[\"echo\"]")), 1008),
        ("no attachment count", joined(text("45[\"echo\"]")), 1008),
        ("forged placeholder", joined(placeholder("7")), 1008),
        ("negative placeholder", joined(placeholder("-1")), 1008),
        ("placeholder named splice", joined(placeholder("\"splice\"")), 1008),
        ("text instead of an attachment", joined([placeholder("0"), text("42[\"echo\"]")].concat()), 1008),
        ("attachment of nothing", joined(frame(0x82, b"x")), 1008),
    ]
}

#[test]
fn websocket_frames_and_packets() {
    let server = TestServer::start();
    let mut bystander = Bystander::of(&server);
    for (name, bytes, code) in websocket_cases() {
        let mut ws = Ws::open(server.addr);
        ws.bytes(&bytes);
        assert_eq!(ws.ending(), Some(code), "{name}");
        bystander.is_well(name);
    }
    let stats = server.io().stats();
    assert_eq!(stats.refusals.values().sum::<u64>(), websocket_cases().len() as u64, "{:?}", stats.refusals);
}

#[test]
fn what_looks_bad_but_is_allowed() {
    let server = TestServer::start();
    let (mut ws, _) = Ws::connected(server.addr);
    for arg in ["1e999", "\"\\ud800\"", "\"\\u0000\"", "{\"a\":1,\"a\":2}", "{\"__proto__\":1}"] {
        ws.send(&format!("42[\"echo\",{arg}]"));
        assert_eq!(ws.text(), format!("42[\"echo\",{arg}]"));
    }
    let depth = format!("42[\"echo\",{}{}]", "[".repeat(31), "]".repeat(31));
    ws.send(&depth);
    assert_eq!(ws.text(), depth);
    ws.send("450-[\"echo\"]");
    assert_eq!(ws.text(), "42[\"echo\"]");
    for _ in 0..1000 {
        ws.send("40/nowhere,");
        assert_eq!(ws.text(), "44/nowhere,{\"message\":\"Invalid namespace\"}");
    }
    ws.echoes();
}

#[test]
fn polling_payloads() {
    let server = TestServer::start();
    let mut bystander = Bystander::of(&server);
    let separators = "\u{1e}".repeat(10_000);
    let large = format!("4{}", "x".repeat(1_000_001));
    let cases = [
        ("abc", 400),
        ("\u{1e}", 400),
        ("b!!", 400),
        ("4", 200),
        (&separators, 400),
        ("40\u{1e}2", 200),
        (&large, 413),
    ];
    for (body, status) in cases {
        let poller = Poller::open(server.addr);
        let name = &body[..body.len().min(10)];
        let answered = poller.post(body).0;
        // A server that answers before it has read everything may be heard or not.
        assert!(answered == status || (status == 413 && answered == 0), "{name}: {answered}");
        assert_eq!(poller.get().0, 400, "{name}");
        bystander.is_well(name);
    }
}

#[test]
fn a_flood_of_pings_does_not_fill_the_queue_of_a_reader() {
    let server = TestServer::start();
    let mut ws = Ws::open(server.addr);
    let flood: Vec<u8> = (0..2000).flat_map(|_| frame(0x89, &[7; 20])).collect();
    ws.bytes(&flood);
    for _ in 0..2000 {
        assert_eq!(ws.see(), crate::client::Seen::Pong(vec![7; 20]));
    }
}
