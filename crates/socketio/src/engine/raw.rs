use crate::{DisconnectReason, Frame, Handshake, conn::Conn, shard::Shard};
use http::HeaderName;
use std::rc::Rc;

/// What speaks Engine.IO without Socket.IO on a path of its own; see [`Builder::engine`](crate::Builder::engine).
pub trait EngineHandler: Send + Sync + 'static {
    /// The connection is open.
    fn opened(&self, connection: &EngineConnection<'_>) {
        let _ = connection;
    }

    /// A message, in the order of arrival. Must not block.
    fn message(&self, connection: &EngineConnection<'_>, message: EngineMessage<'_>);

    /// The connection is closed.
    fn closed(&self, connection: &EngineConnection<'_>, reason: DisconnectReason) {
        let _ = (connection, reason);
    }
}

/// An Engine.IO message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineMessage<'a> {
    /// Text.
    Text(&'a str),
    /// Binary.
    Binary(&'a [u8]),
}

/// A connection, during one call of its handler.
pub struct EngineConnection<'a> {
    shard: &'a Rc<Shard>,
    conn: &'a Rc<Conn>,
}

impl<'a> EngineConnection<'a> {
    pub(crate) fn new(shard: &'a Rc<Shard>, conn: &'a Rc<Conn>) -> Self {
        Self { shard, conn }
    }

    /// Queues a message.
    pub fn send(&self, message: EngineMessage<'_>) {
        let frame = match message {
            EngineMessage::Text(text) => Frame::engine_message(text),
            EngineMessage::Binary(data) => Frame::binary(data),
        };
        self.shard.send(self.conn, &frame, false);
    }

    /// A header of the POST that brought the message at hand. Over a WebSocket there is none.
    pub fn post_header(&self, name: &HeaderName) -> Option<String> {
        let polling = self.conn.polling.borrow();
        let headers = polling.as_ref()?.post_headers.as_ref()?;
        Some(headers.get(name)?.to_str().ok()?.to_owned())
    }

    /// The request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        &self.conn.handshake
    }

    /// Closes the connection.
    pub fn close(&self, reason: &'static str) {
        self.shard.close(self.conn, DisconnectReason::Closed(reason));
    }
}
