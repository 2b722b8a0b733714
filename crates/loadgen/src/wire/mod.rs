//! The client's half of the wire: WebSocket frames and the packets inside them.

pub(crate) mod frame;
pub(crate) mod packet;
