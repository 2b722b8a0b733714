//! The codecs alone: `cargo bench -p parlor-socketio`. How to count instructions instead: docs/testing.md.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]
#![allow(missing_docs, reason = "the macros write undocumented items")]

use divan::{Bencher, black_box, counter::BytesCount};
use parlor_socketio::codec::{
    engine,
    socket::{self, EncodedPacket, Kind, PacketLimits},
    websocket::{self, Item, Reader, opcode},
};

fn main() {
    divan::main();
}

const LIMITS: PacketLimits = PacketLimits { json_depth: 32, attachments: 10 };
/// What a client of the chat sends, about 200 bytes.
const EVENT: &str = concat!(
    r#"2/parlor,17["message:send",{"conversation_id":"019a2b3c-4d5e-7f60-8192-a3b4c5d6e7f8","#,
    r#""client_id":"c-000000000042","body":"Shall we meet at noon, \"by the river\"? – Да, 好的 😀"}]"#
);

/// A text of about this many bytes, with a character beyond ASCII in every sixteen if asked for.
fn text(bytes: usize, is_ascii: bool) -> String {
    let piece = if is_ascii { "abcdefghijklmnop" } else { "abcdefghijklmné" };
    let mut text = piece.repeat(bytes.div_ceil(piece.len()));
    text.truncate(bytes);
    text
}

/// A masked frame, as clients send it.
fn client_frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = Vec::new();
    websocket::header(&mut frame, opcode, payload.len());
    frame[1] |= 0x80;
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn decode_frame(bencher: Bencher<'_, '_>, frame: &[u8]) {
    bencher.counter(BytesCount::new(frame.len())).with_inputs(|| frame.to_vec()).bench_local_refs(|frame| {
        let step = Reader::default().decode(frame, 1_000_000).unwrap();
        assert!(matches!(step.item, Some(Item::Text(_) | Item::Binary(_))));
    });
}

/// Unmasking alone.
#[divan::bench(args = [32, 200, 65_536])]
fn websocket_binary(bencher: Bencher<'_, '_>, bytes: usize) {
    decode_frame(bencher, &client_frame(opcode::BINARY, &vec![7; bytes]));
}

/// Unmasking and the check for UTF-8.
#[divan::bench(args = [32, 200, 65_536])]
fn websocket_text_ascii(bencher: Bencher<'_, '_>, bytes: usize) {
    decode_frame(bencher, &client_frame(opcode::TEXT, text(bytes, true).as_bytes()));
}

#[divan::bench(args = [32, 200, 65_536])]
fn websocket_text_unicode(bencher: Bencher<'_, '_>, bytes: usize) {
    decode_frame(bencher, &client_frame(opcode::TEXT, text(bytes, false).as_bytes()));
}

/// A message of 64 KiB in sixteen fragments.
#[divan::bench]
fn websocket_fragments(bencher: Bencher<'_, '_>) {
    let mut frames = Vec::new();
    for (at, piece) in text(65_536, true).as_bytes().chunks(4096).enumerate() {
        let start = frames.len();
        frames.extend(client_frame(if at == 0 { opcode::TEXT } else { opcode::CONTINUATION }, piece));
        frames[start] &= if at == 15 { 0xff } else { 0x7f };
    }
    bencher.counter(BytesCount::new(frames.len())).with_inputs(|| frames.clone()).bench_local_refs(
        |frames| {
            let (mut reader, mut at, mut messages) = (Reader::default(), 0, 0);
            while at < frames.len() {
                let step = reader.decode(&mut frames[at..], 1_000_000).unwrap();
                at += step.consumed;
                messages += usize::from(step.item.is_some());
            }
            assert_eq!(messages, 1);
        },
    );
}

#[divan::bench(args = [100, 65_536])]
fn websocket_write(bencher: Bencher<'_, '_>, bytes: usize) {
    let payload = vec![7; bytes];
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| websocket::frame(opcode::TEXT, black_box(&payload)));
}

#[divan::bench]
fn socket_decode(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::of_str(EVENT))
        .bench_local(|| socket::decode(black_box(EVENT), LIMITS).unwrap().payload.len());
}

#[divan::bench]
fn socket_event_parts(bencher: Bencher<'_, '_>) {
    let payload = socket::decode(EVENT, LIMITS).unwrap().payload;
    bencher.counter(BytesCount::of_str(payload)).bench_local(|| {
        let (name, args) = socket::event_parts(black_box(payload)).unwrap();
        (name.len(), args.len())
    });
}

/// The nesting of 64 KiB, which is mostly one string.
#[divan::bench]
fn socket_depth(bencher: Bencher<'_, '_>) {
    let payload = format!(r#"["message",{{"body":"{}"}}]"#, text(65_536, false));
    bencher.counter(BytesCount::of_str(&payload)).bench_local(|| socket::depth(black_box(&payload)));
}

/// An event of 64 KiB with one attachment: its placeholders are checked.
#[divan::bench]
fn socket_binary_event(bencher: Bencher<'_, '_>) {
    let body = text(65_536, false);
    let packet = format!(r#"51-["file",{{"name":"{body}","data":{{"_placeholder":true,"num":0}}}}]"#);
    bencher.counter(BytesCount::of_str(&packet)).bench_local(|| {
        let read = socket::decode(black_box(&packet), LIMITS).unwrap();
        socket::Assembler::default().start(&packet, &read, 1_000_000).unwrap()
    });
}

#[divan::bench]
fn socket_encode(bencher: Bencher<'_, '_>) {
    let packet = EncodedPacket { kind: Kind::Event, attachments: 0, namespace: "/parlor", id: Some(17) };
    bencher.bench_local(|| {
        let mut out = Vec::with_capacity(64);
        socket::encode(&mut out, black_box(packet));
        out
    });
}

/// A polling payload of 64 packets, an eighth of them binary.
#[divan::bench]
fn engine_payload(bencher: Bencher<'_, '_>) {
    let payload = payload();
    bencher.counter(BytesCount::of_str(&payload)).bench_local(|| {
        let read = engine::packets(black_box(&payload)).filter(Result::is_ok).count();
        assert_eq!(read, 64);
    });
}

#[divan::bench]
fn engine_payload_write(bencher: Bencher<'_, '_>) {
    bencher.bench_local(payload);
}

fn payload() -> String {
    let mut payload = Vec::with_capacity(16 * 1024);
    for number in 0..64 {
        if number % 8 == 0 {
            engine::append_binary(&mut payload, EVENT.as_bytes());
        } else {
            engine::append_text(&mut payload, format!("4{EVENT}").as_bytes());
        }
    }
    String::from_utf8(payload).unwrap()
}
