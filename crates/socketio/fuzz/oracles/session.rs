//! A Socket.IO session: text and binary messages in order, decided a second time by a plain reading of the protocol.

use super::{
    events::event,
    json::{self, Json, Shape},
};
use bytes::Bytes;
use parlor_socketio::codec::socket::{
    Assembled, Assembler, EncodedPacket, Kind, Malformed, Packet, PacketLimits, decode, depth, encode,
    event_parts,
};

const LIMITS: PacketLimits = PacketLimits { json_depth: 6, attachments: 3 };
/// Attachments of events beyond this are not kept.
const KEEP: usize = 64;
/// Between messages; one that begins with `b` is binary.
const SEPARATOR: u8 = 0x1e;

/// What a session came to know by one message.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// More is to come.
    Pending,
    /// CONNECT or DISCONNECT.
    Joins(Kind, String),
    Event {
        namespace: String,
        id: Option<u64>,
        name: String,
        args: Vec<String>,
        attachments: Vec<Bytes>,
    },
    Ack {
        namespace: String,
        id: Option<u64>,
        args: Vec<String>,
        attachments: Vec<Bytes>,
    },
    /// Larger than [`KEEP`], so unread.
    TooLarge(usize),
}

/// The connection is closed.
#[derive(Debug, PartialEq)]
struct Breach;

/// Messages of one connection, up to its first breach.
pub fn socket_session(data: &[u8]) {
    let (mut session, mut reference) = (Session::default(), Reference::default());
    for message in data.split(|&byte| byte == SEPARATOR) {
        let (got, wanted) = match (message.strip_prefix(b"b"), str::from_utf8(message)) {
            (Some(data), _) => (session.binary(data), reference.binary(data)),
            (None, Ok(text)) => (session.text(text), reference.text(text)),
            (None, Err(_)) => continue,
        };
        assert_eq!(got, wanted, "{:?}", String::from_utf8_lossy(message));
        if got.is_err() {
            return;
        }
    }
}

/// The codec, used as the server uses it.
#[derive(Default)]
struct Session {
    assembler: Assembler,
}

impl Session {
    fn text(&mut self, text: &str) -> Result<Outcome, Breach> {
        if self.assembler.is_waiting() {
            return Err(Breach);
        }
        let packet = decode(text, LIMITS).map_err(|_| Breach)?;
        assert!(packet.attachments <= LIMITS.attachments && depth(packet.payload) <= LIMITS.json_depth);
        written_again(&packet);
        match packet.kind {
            Kind::Connect | Kind::Disconnect => Ok(Outcome::Joins(packet.kind, packet.namespace.to_owned())),
            Kind::BinaryEvent | Kind::BinaryAck => {
                let assembled = self.assembler.start(text, &packet, KEEP);
                self.assembled(assembled)
            }
            _ => deliver(&packet, Vec::new(), text.len()),
        }
    }

    fn binary(&mut self, data: &[u8]) -> Result<Outcome, Breach> {
        let before = self.assembler.bytes();
        let assembled = self.assembler.add(Bytes::copy_from_slice(data), KEEP);
        if matches!(assembled, Ok(Assembled::Pending)) {
            assert_eq!(self.assembler.bytes(), before + data.len());
        }
        self.assembled(assembled)
    }

    fn assembled(&mut self, assembled: Result<Assembled, Malformed>) -> Result<Outcome, Breach> {
        let Assembled::Complete(done) = assembled.map_err(|_| Breach)? else {
            assert!(self.assembler.is_waiting());
            return Ok(Outcome::Pending);
        };
        assert!(!self.assembler.is_waiting() && self.assembler.bytes() == 0, "nothing is left behind");
        let kept: usize = done.attachments.iter().map(Bytes::len).sum();
        assert!(kept <= KEEP, "attachments beyond the limit are not kept");
        deliver(&decode(&done.text, LIMITS).unwrap(), done.attachments, done.bytes)
    }
}

fn deliver(packet: &Packet<'_>, attachments: Vec<Bytes>, bytes: usize) -> Result<Outcome, Breach> {
    if bytes > KEEP {
        return Ok(Outcome::TooLarge(bytes));
    }
    let (namespace, id) = (packet.namespace.to_owned(), packet.id);
    let own = |args: Vec<&serde_json::value::RawValue>| args.iter().map(|arg| arg.get().to_owned()).collect();
    if matches!(packet.kind, Kind::Ack | Kind::BinaryAck) {
        let args = own(serde_json::from_str(packet.payload).map_err(|_| Breach)?);
        return Ok(Outcome::Ack { namespace, id, args, attachments });
    }
    let (name, args) = event_parts(packet.payload).map_err(|_| Breach)?;
    Ok(Outcome::Event { namespace, id, name: name.into_owned(), args: own(args), attachments })
}

/// A packet that is encoded from its parts is read as the same parts.
fn written_again(packet: &Packet<'_>) {
    let Packet { kind, attachments, namespace, id, payload } = *packet;
    let mut bytes = Vec::new();
    encode(&mut bytes, EncodedPacket { kind, attachments, namespace, id });
    bytes.extend_from_slice(payload.as_bytes());
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(decode(text.strip_prefix('4').unwrap(), LIMITS).as_ref(), Ok(packet));
}

/// The protocol, read plainly: split at the marks, parse everything, keep everything.
#[derive(Default)]
struct Reference {
    waiting: Option<Waiting>,
}

struct Waiting {
    kind: char,
    namespace: String,
    id: Option<u64>,
    payload: String,
    bytes: usize,
    expected: usize,
    attachments: Vec<Bytes>,
}

impl Reference {
    fn text(&mut self, text: &str) -> Result<Outcome, Breach> {
        if self.waiting.is_some() {
            return Err(Breach);
        }
        let kind = text.chars().next().filter(|kind| "012356".contains(*kind)).ok_or(Breach)?;
        let mut rest = &text[1..];
        let mut expected = 0;
        if "56".contains(kind) {
            let (count, after) = rest.split_once('-').ok_or(Breach)?;
            let is_count =
                (1..=9).contains(&count.len()) && count.chars().all(|digit| digit.is_ascii_digit());
            expected =
                count.parse().ok().filter(|count| is_count && *count <= LIMITS.attachments).ok_or(Breach)?;
            rest = after;
        }
        let mut namespace = "/";
        if rest.starts_with('/') {
            (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
        }
        let payload = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let id = match &rest[..rest.len() - payload.len()] {
            "" => None,
            digits => Some(digits.parse().ok().filter(|id| *id < 1_u64 << 53).ok_or(Breach)?),
        };
        let fits = match kind {
            '0' => payload.is_empty() || payload.starts_with('{'),
            '1' => payload.is_empty(),
            '2' | '5' => payload.starts_with('['),
            _ => payload.starts_with('[') && id.is_some(),
        };
        if !fits || brackets(payload) > LIMITS.json_depth {
            return Err(Breach);
        }
        if "01".contains(kind) {
            let kind = if kind == '0' { Kind::Connect } else { Kind::Disconnect };
            return Ok(Outcome::Joins(kind, namespace.to_owned()));
        }
        if "56".contains(kind) && !json::parse(payload).is_some_and(|json| placeholders_fit(&json, expected))
        {
            return Err(Breach);
        }
        let (namespace, payload) = (namespace.to_owned(), payload.to_owned());
        let attachments = Vec::new();
        self.arrived(Waiting { kind, namespace, id, payload, bytes: text.len(), expected, attachments })
    }

    fn binary(&mut self, data: &[u8]) -> Result<Outcome, Breach> {
        let mut waiting = self.waiting.take().ok_or(Breach)?;
        waiting.bytes += data.len();
        waiting.attachments.push(Bytes::copy_from_slice(data));
        self.arrived(waiting)
    }

    fn arrived(&mut self, waiting: Waiting) -> Result<Outcome, Breach> {
        if waiting.attachments.len() < waiting.expected {
            self.waiting = Some(waiting);
            return Ok(Outcome::Pending);
        }
        let Waiting { kind, namespace, id, payload, bytes, attachments, .. } = waiting;
        if bytes > KEEP {
            return Ok(Outcome::TooLarge(bytes));
        }
        let json = json::parse(&payload).ok_or(Breach)?;
        let own = |args: &[Json<'_>]| args.iter().map(|arg| arg.raw.to_owned()).collect();
        if "36".contains(kind) {
            let Shape::Array(args) = &json.shape else { return Err(Breach) };
            return Ok(Outcome::Ack { namespace, id, args: own(args), attachments });
        }
        let (name, args) = event(&json).ok_or(Breach)?;
        Ok(Outcome::Event { namespace, id, name: name.to_owned(), args: own(args), attachments })
    }
}

fn placeholders_fit(json: &Json<'_>, attachments: usize) -> bool {
    let is_placeholder = json.field("_placeholder").is_some_and(|flag| flag.raw == "true");
    let named = json.field("num").map(|num| num.raw);
    let inner = match &json.shape {
        Shape::Array(items) => items.iter().all(|item| placeholders_fit(item, attachments)),
        Shape::Object(fields) => fields.iter().all(|(_, field)| placeholders_fit(field, attachments)),
        _ => true,
    };
    inner && (!is_placeholder || (0..attachments).any(|known| named == Some(known.to_string().as_str())))
}

/// How deep brackets nest outside strings, character by character, in text that need not be JSON.
fn brackets(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for char in text.chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '[' | '{' if !in_string => depth += 1,
            ']' | '}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
