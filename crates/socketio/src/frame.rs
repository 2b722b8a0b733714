use crate::codec::{
    socket::{EncodedPacket, Kind, encode},
    websocket::{self, opcode},
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// One packet, serialised and framed once. Clones share the bytes, whatever the transport of the receiver.
#[derive(Clone, Debug)]
pub struct Frame(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    bytes: Box<[u8]>,
    is_answer: bool,
}

impl Frame {
    /// An event with one argument, for one namespace.
    pub fn event(namespace: &str, name: &str, arg: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self::packet(Kind::Event, namespace, None, &event_payload(name, arg)?))
    }

    /// An event whose one argument is JSON already. The caller answers for it being valid.
    pub fn event_raw(namespace: &str, name: &str, arg_json: &str) -> Self {
        Self::packet(Kind::Event, namespace, None, &join(Some(name), [arg_json]))
    }

    /// An event with any number of arguments. `{"_placeholder":true,"num":n}` in them stands for attachment `n`.
    pub fn event_args(namespace: &str, name: &str, args: &[&RawValue], attachments: &[Bytes]) -> Self {
        let payload = join(Some(name), args.iter().map(|arg| arg.get()));
        let kind = if attachments.is_empty() { Kind::Event } else { Kind::BinaryEvent };
        Self::with_attachments(kind, namespace, None, &payload, attachments)
    }

    pub(crate) fn ack(namespace: &str, id: u64, args: &[&str], attachments: &[Bytes]) -> Self {
        let kind = if attachments.is_empty() { Kind::Ack } else { Kind::BinaryAck };
        Self::with_attachments(kind, namespace, Some(id), &join(None, args.iter().copied()), attachments)
    }

    pub(crate) fn packet(kind: Kind, namespace: &str, id: Option<u64>, payload: &[u8]) -> Self {
        Self::with_attachments(kind, namespace, id, payload, &[])
    }

    fn with_attachments(
        kind: Kind,
        namespace: &str,
        id: Option<u64>,
        payload: &[u8],
        attachments: &[Bytes],
    ) -> Self {
        let mut packet = Vec::with_capacity(payload.len() + namespace.len() + 24);
        encode(&mut packet, EncodedPacket { kind, attachments: attachments.len(), namespace, id });
        packet.extend_from_slice(payload);
        let mut bytes = websocket::frame(opcode::TEXT, &packet);
        for attachment in attachments {
            bytes.extend_from_slice(&websocket::frame(opcode::BINARY, attachment));
        }
        Self::framed(bytes)
    }

    /// An Engine.IO packet, its type digit included.
    pub(crate) fn engine_text(packet: &str) -> Self {
        Self::framed(websocket::frame(opcode::TEXT, packet.as_bytes()))
    }

    pub(crate) fn engine_message(text: &str) -> Self {
        Self::engine_text(&format!("4{text}"))
    }

    pub(crate) fn binary(data: &[u8]) -> Self {
        Self::framed(websocket::frame(opcode::BINARY, data))
    }

    /// Bytes that are whole WebSocket frames of a server.
    pub(crate) fn framed(bytes: Vec<u8>) -> Self {
        let is_answer = websocket::split_server_frame(&bytes)
            .is_some_and(|(_, packet, _)| packet.starts_with(b"43") || packet.starts_with(b"46"));
        Self(Arc::new(Shared { bytes: bytes.into_boxed_slice(), is_answer }))
    }

    /// The same event with one more argument, a string that needs no escape. `None` for every other packet, and for an
    /// event that wants an ack.
    pub(crate) fn with_offset(&self, offset: &str) -> Option<Self> {
        let (_, packet, attachments) = websocket::split_server_frame(self.bytes())?;
        if !is_event(packet) || wants_ack(packet) {
            return None;
        }
        let (_, open) = packet.split_last()?;
        let len = open.len() + offset.len() + 4;
        let mut bytes = Vec::with_capacity(websocket::header_len(len) + len + attachments.len());
        websocket::header(&mut bytes, opcode::TEXT, len);
        for part in [open, b",\"", offset.as_bytes(), b"\"]", attachments] {
            bytes.extend_from_slice(part);
        }
        Some(Self::framed(bytes))
    }

    /// Whether this is an event, and not an answer or a matter of the transport.
    pub(crate) fn is_event(&self) -> bool {
        websocket::split_server_frame(self.bytes()).is_some_and(|(_, packet, _)| is_event(packet))
    }

    /// Whether this is an ack, which a client asked for.
    pub(crate) fn is_answer(&self) -> bool {
        self.0.is_answer
    }

    /// Complete WebSocket frames.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }
}

fn is_event(packet: &[u8]) -> bool {
    packet.starts_with(b"42") || packet.starts_with(b"45")
}

/// Whether an event packet has an ack id before its payload.
fn wants_ack(packet: &[u8]) -> bool {
    let after = |bytes, end| <[u8]>::iter(bytes).position(|byte| *byte == end).map(|at| &bytes[at + 1..]);
    let rest = if packet.starts_with(b"45") { after(packet, b'-') } else { packet.get(2..) };
    let rest = match rest {
        Some(named) if named.starts_with(b"/") => after(named, b','),
        rest => rest,
    };
    rest.is_some_and(|rest| rest.first() != Some(&b'['))
}

/// `["name",arg]`
fn event_payload(name: &str, arg: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = event_head(name);
    out.push(b',');
    serde_json::to_writer(&mut out, arg)?;
    out.push(b']');
    Ok(out)
}

fn event_head(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.push(b'[');
    // Writing a string into a vector cannot fail.
    let _ = serde_json::to_writer(&mut out, name);
    out
}

fn join<'a>(name: Option<&str>, args: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut out = name.map_or_else(|| vec![b'['], event_head);
    for arg in args {
        if out.len() > 1 {
            out.push(b',');
        }
        out.extend_from_slice(arg.as_bytes());
    }
    out.push(b']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_framed_once() {
        let frame = Frame::event("/parlor", "a\"b", &serde_json::json!({"x": 1})).unwrap();
        assert_eq!(&frame.bytes()[2..], br#"42/parlor,["a\"b",{"x":1}]"#);
        assert_eq!(frame.bytes()[..2], [0x81, frame.bytes().len() as u8 - 2]);
        assert_eq!(frame.bytes(), Frame::event_raw("/parlor", "a\"b", r#"{"x":1}"#).bytes());
    }

    #[test]
    fn an_offset_is_the_last_argument() {
        let text = |frame: Frame| {
            let frame = frame.with_offset("e.1")?;
            let (_, packet, rest) = websocket::split_server_frame(frame.bytes())?;
            Some((String::from_utf8(packet.to_vec()).unwrap(), rest.to_vec()))
        };
        let event = Frame::event_raw("/", "a", "{\"b\":[1]}");
        assert_eq!(text(event).unwrap().0, r#"42["a",{"b":[1]},"e.1"]"#);
        assert_eq!(text(Frame::event_raw("/n1", "a", "1")).unwrap().0, r#"42/n1,["a",1,"e.1"]"#);
        assert_eq!(text(Frame::event_args("/", "a", &[], &[])).unwrap().0, r#"42["a","e.1"]"#);
        let long = Frame::event_raw("/", "a", &format!("\"{}\"", "x".repeat(110)));
        // Over the border between two lengths of header.
        assert_eq!(text(long).unwrap().0, format!("42[\"a\",\"{}\",\"e.1\"]", "x".repeat(110)));
        let binary = Frame::event_args("/n", "f", &[RawValue::NULL], &[Bytes::from_static(&[1, 2])]);
        assert_eq!(text(binary), Some((r#"451-/n,["f",null,"e.1"]"#.to_owned(), vec![0x82, 2, 1, 2])));
        for other in [
            Frame::ack("/", 7, &["1"], &[]),
            Frame::packet(Kind::Event, "/", Some(3), b"[\"a\"]"),
            Frame::packet(Kind::Event, "/n", Some(3), b"[\"a\"]"),
            Frame::packet(Kind::BinaryEvent, "/", Some(3), b"[\"a\"]"),
            Frame::packet(Kind::Connect, "/", None, b"{}"),
            Frame::engine_text("2"),
        ] {
            assert!(text(other).is_none());
        }
    }

    #[test]
    fn attachments_follow_their_packet() {
        let arg = RawValue::from_string(r#"{"_placeholder":true,"num":0}"#.into()).unwrap();
        let frame = Frame::event_args("/", "f", &[&arg], &[Bytes::from_static(&[1, 2])]);
        let (_, text, rest) = websocket::split_server_frame(frame.bytes()).unwrap();
        assert_eq!(text, br#"451-["f",{"_placeholder":true,"num":0}]"#);
        assert_eq!(rest, [0x82, 2, 1, 2]);
        assert_eq!(&Frame::ack("/", 7, &["1", "2"], &[]).bytes()[2..], b"437[1,2]");
        assert!(Frame::ack("/", 7, &["1", "2"], &[]).is_answer());
        assert!(Frame::ack("/", 7, &["1"], &[Bytes::from_static(&[1])]).is_answer());
        assert!(!frame.is_answer());
    }
}
