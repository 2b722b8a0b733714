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
pub struct Frame(Arc<Box<[u8]>>);

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
        Self(Arc::new(bytes.into_boxed_slice()))
    }

    /// Complete WebSocket frames.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// `["name",arg]`
pub(crate) fn event_payload(name: &str, arg: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
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
    fn attachments_follow_their_packet() {
        let arg = RawValue::from_string(r#"{"_placeholder":true,"num":0}"#.into()).unwrap();
        let frame = Frame::event_args("/", "f", &[&arg], &[Bytes::from_static(&[1, 2])]);
        let (_, text, rest) = websocket::split_server_frame(frame.bytes()).unwrap();
        assert_eq!(text, br#"451-["f",{"_placeholder":true,"num":0}]"#);
        assert_eq!(rest, [0x82, 2, 1, 2]);
        assert_eq!(&Frame::ack("/", 7, &["1", "2"], &[]).bytes()[2..], b"437[1,2]");
    }
}
