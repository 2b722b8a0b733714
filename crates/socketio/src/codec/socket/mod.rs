//! Socket.IO v5 packets: the text that an Engine.IO message carries, and its binary attachments.

mod assembler;
mod decode;
mod encode;
mod json;
mod placeholders;

pub use assembler::{Assembled, Assembler, Assembly};
pub use decode::{Kind, Malformed, Packet, PacketLimits, decode};
pub use encode::{EncodedPacket, encode};
pub use json::{depth, event_parts};

/// Names that a client may not use for an event: libraries give them meaning.
pub const RESERVED_EVENTS: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
