//! Packets of the server.

use super::Kind;

/// The parts of a packet to write.
#[derive(Debug, Clone, Copy)]
pub struct EncodedPacket<'a> {
    /// What it is.
    pub kind: Kind,
    /// How many binary messages follow; written only for the binary kinds.
    pub attachments: usize,
    /// `/` is left out on the wire.
    pub namespace: &'a str,
    /// The ack id, if any.
    pub id: Option<u64>,
}

/// Appends everything before the payload, with the `4` that makes it an Engine.IO message.
pub fn encode(out: &mut Vec<u8>, packet: EncodedPacket<'_>) {
    out.extend_from_slice(&[b'4', packet.kind.digit()]);
    if packet.kind.is_binary() {
        out.extend_from_slice(packet.attachments.to_string().as_bytes());
        out.push(b'-');
    }
    if packet.namespace != "/" {
        out.extend_from_slice(packet.namespace.as_bytes());
        out.push(b',');
    }
    if let Some(id) = packet.id {
        out.extend_from_slice(id.to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PacketLimits, decode};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(namespace in "/[a-z]{0,8}", id in proptest::option::of(0..1_u64 << 53), attachments in 0..10_usize) {
            let mut out = Vec::new();
            encode(&mut out, EncodedPacket { kind: Kind::BinaryEvent, attachments, namespace: &namespace, id });
            out.extend_from_slice(br#"["x"]"#);
            let text = String::from_utf8(out).unwrap();
            let read = decode(&text[1..], PacketLimits { json_depth: 8, attachments: 10 }).unwrap();
            prop_assert_eq!((read.kind, read.attachments), (Kind::BinaryEvent, attachments));
            prop_assert_eq!((read.namespace, read.id, read.payload), (namespace.as_str(), id, r#"["x"]"#));
        }
    }
}
