use crate::{Acker, DisconnectReason, Event, Handshake, Room, Socket};
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::{any::Any, sync::Arc};

/// What a namespace does. Called on the shard of the connection.
pub trait Handler: Send + Sync + 'static {
    /// Decides on a CONNECT. May await; implementations with slow work hop to their own runtime. Dropped when the
    /// connection ends first.
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>>;

    /// The socket is connected and in its rooms; its CONNECT reply is queued.
    fn connected(&self, socket: &Socket) {
        let _ = socket;
    }

    /// An event, in the order of the packets of the socket. Must not block: anything slow is spawned.
    fn event(&self, socket: &Socket, event: Event<'_>);

    /// An event of `bytes` bytes passed `event_bytes` and was not read. The connection lives on.
    fn too_large(&self, socket: &Socket, ack: Option<Acker>, bytes: usize) {
        let _ = (socket, ack, bytes);
    }

    /// The socket has left its rooms and gets nothing more.
    fn disconnected(&self, socket: &Socket, reason: DisconnectReason) {
        let _ = (socket, reason);
    }
}

/// A CONNECT packet.
#[derive(Debug)]
pub struct ConnectRequest {
    /// The namespace asked for.
    pub namespace: Arc<str>,
    /// The JSON object that came along, if any.
    pub auth: Option<Box<RawValue>>,
    /// The request that opened the connection.
    pub handshake: Arc<Handshake>,
}

/// The answer to a good CONNECT.
#[non_exhaustive]
pub struct Accept {
    /// Whatever the application wants to find again by [`Socket::data`].
    pub data: Arc<dyn Any + Send + Sync>,
    /// Rooms to join, besides the socket's own.
    pub rooms: Vec<Room>,
}

impl Accept {
    /// With this data, in no room but the socket's own.
    pub fn new(data: impl Any + Send + Sync) -> Self {
        Self { data: Arc::new(data), rooms: Vec::new() }
    }

    /// Joins these rooms too.
    #[must_use]
    pub fn rooms(mut self, rooms: impl IntoIterator<Item = Room>) -> Self {
        self.rooms.extend(rooms);
        self
    }
}

/// The answer to a bad CONNECT.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// A `connect_error`: official clients do not come back by themselves.
    ConnectError {
        /// `error.message` at the client.
        message: String,
        /// `error.data` at the client.
        data: Option<serde_json::Value>,
    },
    /// The transport is closed without an answer, so that clients come back.
    CloseTransport {
        /// Counted and logged.
        reason: &'static str,
    },
}
