//! `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`

use super::json;

/// The seven packet types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `0`: joins a namespace.
    Connect,
    /// `1`: leaves it.
    Disconnect,
    /// `2`
    Event,
    /// `3`
    Ack,
    /// `4`: the namespace refused.
    ConnectError,
    /// `5`: an event with attachments.
    BinaryEvent,
    /// `6`: an ack with attachments.
    BinaryAck,
}

impl Kind {
    /// The digit on the wire.
    pub const fn digit(self) -> u8 {
        b'0' + self as u8
    }

    /// Whether the packet may have attachments.
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}

/// A packet that a client sent; its payload is checked in shape, not parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub kind: Kind,
    /// How many binary messages follow.
    pub attachments: usize,
    /// `/` unless named.
    pub namespace: &'a str,
    /// The number that the ack bears.
    pub id: Option<u64>,
    /// JSON, or empty.
    pub payload: &'a str,
}

/// What a packet may hold.
#[derive(Debug, Clone, Copy)]
pub struct PacketLimits {
    /// Nesting of the JSON.
    pub json_depth: usize,
    /// Attachments of one packet.
    pub attachments: usize,
}

/// Why a packet was refused; the connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not of the grammar, or a payload that does not fit its type.
    #[error("malformed packet: {0}")]
    Syntax(&'static str),
    /// `json_depth` is passed.
    #[error("json_depth is passed")]
    Depth,
    /// `binary_attachments_per_event` is passed.
    #[error("binary_attachments_per_event is passed")]
    Attachments,
}

/// The largest integer that JavaScript clients can hold exactly.
const MAX_ACK_ID: u64 = (1 << 53) - 1;

/// Reads a packet of a client.
pub fn decode(text: &str, limits: PacketLimits) -> Result<Packet<'_>, Malformed> {
    let (kind, rest) = text.split_at_checked(1).ok_or(Malformed::Syntax("empty"))?;
    let kind = match kind {
        "0" => Kind::Connect,
        "1" => Kind::Disconnect,
        "2" => Kind::Event,
        "3" => Kind::Ack,
        "4" => return Err(Malformed::Syntax("only servers refuse")),
        "5" => Kind::BinaryEvent,
        "6" => Kind::BinaryAck,
        _ => return Err(Malformed::Syntax("unknown type")),
    };
    let (attachments, rest) = if kind.is_binary() { attachments(rest, limits)? } else { (0, rest) };
    let (namespace, rest) = namespace(rest);
    let (id, payload) = ack_id(rest)?;
    if json::depth(payload) > limits.json_depth {
        return Err(Malformed::Depth);
    }
    check(kind, id, payload)?;
    Ok(Packet { kind, attachments, namespace, id, payload })
}

fn attachments(rest: &str, limits: PacketLimits) -> Result<(usize, &str), Malformed> {
    let (count, rest) = rest.split_once('-').ok_or(Malformed::Syntax("no attachment count"))?;
    if count.is_empty() || count.len() > 9 || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed::Syntax("attachment count"));
    }
    match count.parse() {
        Ok(count) if count <= limits.attachments => Ok((count, rest)),
        _ => Err(Malformed::Attachments),
    }
}

fn namespace(rest: &str) -> (&str, &str) {
    if !rest.starts_with('/') {
        return ("/", rest);
    }
    rest.split_once(',').unwrap_or((rest, ""))
}

fn ack_id(rest: &str) -> Result<(Option<u64>, &str), Malformed> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, payload) = rest.split_at(digits);
    if digits.is_empty() {
        return Ok((None, payload));
    }
    match digits.parse() {
        Ok(id) if id <= MAX_ACK_ID => Ok((Some(id), payload)),
        _ => Err(Malformed::Syntax("ack id")),
    }
}

fn check(kind: Kind, id: Option<u64>, payload: &str) -> Result<(), Malformed> {
    let fits = match kind {
        Kind::Connect => payload.is_empty() || payload.starts_with('{'),
        Kind::Disconnect => payload.is_empty(),
        Kind::Event | Kind::BinaryEvent => payload.starts_with('['),
        Kind::Ack | Kind::BinaryAck => payload.starts_with('[') && id.is_some(),
        Kind::ConnectError => false,
    };
    if fits { Ok(()) } else { Err(Malformed::Syntax("payload does not fit the type")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: PacketLimits = PacketLimits { json_depth: 32, attachments: 10 };

    #[test]
    fn reads_every_part() {
        let packet = decode(r#"51-/admin,456["a",{"_placeholder":true,"num":0}]"#, LIMITS).unwrap();
        assert_eq!((packet.kind, packet.attachments, packet.namespace), (Kind::BinaryEvent, 1, "/admin"));
        assert_eq!((packet.id, packet.payload), (Some(456), r#"["a",{"_placeholder":true,"num":0}]"#));
        assert_eq!(decode("0/random", LIMITS).unwrap().namespace, "/random");
        assert_eq!(decode("0", LIMITS).unwrap().namespace, "/");
        assert_eq!(decode("30[]", LIMITS).unwrap().id, Some(0));
    }

    #[test]
    fn refuses() {
        let deep = format!("2{}{}", "[".repeat(33), "]".repeat(33));
        let giant = format!("2{}[\"a\"]", "9".repeat(40));
        let bad = [
            "",
            "7",
            "abc",
            "4{}",
            "2{}",
            "2",
            "0[]",
            "1{}",
            "3[]",
            "5[\"a\"]",
            "5x-[\"a\"]",
            "511-[\"a\"]",
            &deep,
            &giant,
        ];
        for text in bad {
            assert!(decode(text, LIMITS).is_err(), "{text}");
        }
        assert!(decode(&format!("2{}{}", "[".repeat(32), "]".repeat(32)), LIMITS).is_ok());
        assert!(decode(r#"510-["a"]"#, LIMITS).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-7/,\\-\\[\\]{}\"a-z0-9]{0,60}") {
            let _ = decode(&text, LIMITS);
        }
    }
}
