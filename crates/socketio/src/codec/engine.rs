//! Engine.IO v4 packets and the payload format of long-polling.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::borrow::Cow;

/// Between the packets of a polling payload.
pub const SEPARATOR: u8 = 0x1e;

/// A packet, as found in a text frame or between the separators of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`, only ever sent by the server.
    Open(&'a str),
    /// `1`
    Close,
    /// `2`, with `probe` while a transport is tried.
    Ping(&'a str),
    /// `3`
    Pong(&'a str),
    /// `4` and text.
    Text(&'a str),
    /// A binary frame, or `b` and base64 in a payload.
    Binary(Cow<'a, [u8]>),
    /// `5`
    Upgrade,
    /// `6`
    Noop,
}

/// Not a packet of Engine.IO v4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed Engine.IO packet")]
pub struct Malformed;

impl<'a> Packet<'a> {
    /// Reads one packet of a text frame.
    pub fn decode(text: &'a str) -> Result<Self, Malformed> {
        let (kind, rest) = text.split_at_checked(1).ok_or(Malformed)?;
        match (kind, rest) {
            ("4", _) => Ok(Self::Text(rest)),
            ("3", _) => Ok(Self::Pong(rest)),
            ("2", _) => Ok(Self::Ping(rest)),
            ("0", _) => Ok(Self::Open(rest)),
            ("1", "") => Ok(Self::Close),
            ("5", "") => Ok(Self::Upgrade),
            ("6", "") => Ok(Self::Noop),
            _ => Err(Malformed),
        }
    }

    /// Reads one packet of a polling payload, where binary is base64.
    pub fn decode_in_payload(text: &'a str) -> Result<Self, Malformed> {
        match text.strip_prefix('b') {
            Some(data) => STANDARD.decode(data).map(|data| Self::Binary(data.into())).map_err(|_| Malformed),
            None => Self::decode(text),
        }
    }
}

/// The packets of a payload, in order. An empty payload holds one malformed packet.
pub fn packets(payload: &str) -> impl Iterator<Item = Result<Packet<'_>, Malformed>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (packet, next) = packet_at(payload, at)?;
        at = next;
        Some(packet)
    })
}

/// The packet of a payload that begins there, and where the next one begins. `None` beyond the last.
pub fn packet_at(payload: &str, at: usize) -> Option<(Result<Packet<'_>, Malformed>, usize)> {
    let left = payload.get(at..)?;
    let len = left.find(char::from(SEPARATOR)).unwrap_or(left.len());
    Some((Packet::decode_in_payload(&left[..len]), at + len + 1))
}

/// Appends a text packet (its type digit included) to a payload.
pub fn append_text(payload: &mut Vec<u8>, packet: &[u8]) {
    separate(payload);
    payload.extend_from_slice(packet);
}

/// Appends a binary packet to a payload.
pub fn append_binary(payload: &mut Vec<u8>, data: &[u8]) {
    separate(payload);
    payload.push(b'b');
    payload.extend_from_slice(STANDARD.encode(data).as_bytes());
}

fn separate(payload: &mut Vec<u8>) {
    if !payload.is_empty() {
        payload.push(SEPARATOR);
    }
}

/// The open packet: `0{"sid":…}`. Times are in milliseconds.
pub fn open(
    sid: &str,
    upgrades: bool,
    ping_interval: u128,
    ping_timeout: u128,
    max_payload: usize,
) -> String {
    let upgrades = if upgrades { r#"["websocket"]"# } else { "[]" };
    format!(
        r#"0{{"sid":"{sid}","upgrades":{upgrades},"pingInterval":{ping_interval},"pingTimeout":{ping_timeout},"maxPayload":{max_payload}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_kind() {
        assert_eq!(Packet::decode("4hello"), Ok(Packet::Text("hello")));
        assert_eq!(Packet::decode("2probe"), Ok(Packet::Ping("probe")));
        assert_eq!(Packet::decode("5"), Ok(Packet::Upgrade));
        assert_eq!(Packet::decode_in_payload("bAQIDBA=="), Ok(Packet::Binary(vec![1, 2, 3, 4].into())));
        for bad in ["", "7", "abc", "5x", "1x", "é", "bAQI"] {
            assert_eq!(Packet::decode(bad), Err(Malformed), "{bad}");
        }
        for bad in ["b!", "bA", ""] {
            assert_eq!(Packet::decode_in_payload(bad), Err(Malformed), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn payloads_round_trip(parts in proptest::collection::vec(("[a-zé ]{0,9}", any::<bool>()), 1..9)) {
            let mut payload = Vec::new();
            for (text, binary) in &parts {
                if *binary { append_binary(&mut payload, text.as_bytes()) }
                else { append_text(&mut payload, format!("4{text}").as_bytes()) }
            }
            let payload = String::from_utf8(payload).unwrap();
            let read: Vec<_> = packets(&payload).collect::<Result<_, _>>().unwrap();
            for (packet, (text, binary)) in read.iter().zip(&parts) {
                match packet {
                    Packet::Text(read) => prop_assert!(!binary && read == text),
                    Packet::Binary(read) => prop_assert!(*binary && read.as_ref() == text.as_bytes()),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert_eq!(read.len(), parts.len());
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = packets(&text).count();
        }
    }
}
