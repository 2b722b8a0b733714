//! Polling payloads: what is read is what was written, and nothing else is read.

use super::base64;
use parlor_socketio::codec::engine::{Packet, SEPARATOR, append_binary, append_text, packets};

/// The input is a payload.
pub fn engine_payload(data: &[u8]) {
    binary_survives(data);
    let Ok(payload) = str::from_utf8(data) else { return };
    let segments: Vec<&str> = payload.split(char::from(SEPARATOR)).collect();
    let read: Vec<_> = packets(payload).collect();
    assert_eq!(read.len(), segments.len());
    let mut rewritten = Vec::new();
    for (segment, packet) in segments.iter().zip(&read) {
        assert_eq!(
            *packet,
            reference(segment).ok_or(parlor_socketio::codec::engine::Malformed),
            "{segment:?}"
        );
        if !segment.starts_with('b') {
            assert_eq!(Packet::decode(segment), *packet, "outside a payload");
        } else {
            assert!(Packet::decode(segment).is_err(), "base64 is of payloads only");
        }
        if let Ok(packet) = packet {
            write(&mut rewritten, packet);
        }
    }
    if read.iter().all(Result::is_ok) {
        assert_eq!(rewritten, data, "one packet, one spelling");
    }
}

/// Any bytes come back as they went.
fn binary_survives(data: &[u8]) {
    let mut payload = b"4".to_vec();
    append_binary(&mut payload, data);
    let payload = String::from_utf8(payload).unwrap();
    let read: Vec<_> = packets(&payload).collect();
    assert_eq!(read, [Ok(Packet::Text("")), Ok(Packet::Binary(data.into()))]);
}

fn reference(segment: &str) -> Option<Packet<'_>> {
    let kind = segment.chars().next()?;
    let rest = &segment[kind.len_utf8()..];
    Some(match kind {
        'b' => Packet::Binary(base64::decode(rest)?.into()),
        '0' => Packet::Open(rest),
        '1' if rest.is_empty() => Packet::Close,
        '2' => Packet::Ping(rest),
        '3' => Packet::Pong(rest),
        '4' => Packet::Text(rest),
        '5' if rest.is_empty() => Packet::Upgrade,
        '6' if rest.is_empty() => Packet::Noop,
        _ => return None,
    })
}

fn write(payload: &mut Vec<u8>, packet: &Packet<'_>) {
    let mut text = |digit: char, rest: &str| append_text(payload, format!("{digit}{rest}").as_bytes());
    match packet {
        Packet::Open(rest) => text('0', rest),
        Packet::Close => text('1', ""),
        Packet::Ping(rest) => text('2', rest),
        Packet::Pong(rest) => text('3', rest),
        Packet::Text(rest) => text('4', rest),
        Packet::Upgrade => text('5', ""),
        Packet::Noop => text('6', ""),
        Packet::Binary(data) => append_binary(payload, data),
    }
}
