use crate::{Acker, DisconnectReason, Event, Frame, Handshake, Room, Socket};
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use std::{any::Any, sync::Arc};

/// What a namespace does. Called on the shard of the connection.
pub trait Handler: Send + Sync + 'static {
    /// Decides on a CONNECT. May await; implementations with slow work hop to their own runtime. Dropped when the
    /// connection ends first.
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>>;

    /// Whether a socket that comes back after it was cut off may stay in a room that it was in. What it missed there is
    /// sent to it, before anything new. The socket is not connected yet: what it is told, joins or leaves here goes
    /// nowhere. [`Handler::authenticate`] has let it in again, and the rooms of that
    /// [`Accept`] are joined anyway.
    fn keep_room(&self, socket: &Socket, room: &Room) -> bool {
        let _ = (socket, room);
        true
    }

    /// The socket came back, before [`Handler::connected`] says so; this was its data when it was cut off.
    fn recovered(&self, socket: &Socket, previous: &(dyn Any + Send + Sync)) {
        let _ = (socket, previous);
    }

    /// What to do when more waits for the socket than `outbound_queue_bytes` or `outbound_queue_frames`. A connection
    /// with several sockets is spared only if all of them agree. What is said here goes to queues with room: one that
    /// overflows by it is closed without being asked.
    fn overflow(&self, socket: &Socket) -> Overflow {
        let _ = socket;
        Overflow::Close
    }

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
    /// Whether the client may take its session up again after it was cut off. Needs
    /// [`Config::recovery`](crate::Config::recovery). The session is that of the principal that the connection is
    /// [bound](crate::Handshake::bind) to now; an application with several namespaces binds before its first `Accept`,
    /// or else who comes back may be another in some of them. Every event then has one argument more, which clients in
    /// JavaScript expect and others may not.
    pub recover: bool,
}

impl Accept {
    /// With this data, in no room but the socket's own.
    pub fn new(data: impl Any + Send + Sync) -> Self {
        Self { data: Arc::new(data), rooms: Vec::new(), recover: false }
    }

    /// Joins these rooms too.
    #[must_use]
    pub fn rooms(mut self, rooms: impl IntoIterator<Item = Room>) -> Self {
        self.rooms.extend(rooms);
        self
    }

    /// Lets the client take its session up again after it was cut off, or not.
    #[must_use]
    pub fn recover(mut self, recover: bool) -> Self {
        self.recover = recover;
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

/// What becomes of a connection whose queue is full, even without the volatile events.
#[derive(Debug, Clone)]
pub enum Overflow {
    /// It is closed, as `slow_consumer`.
    Close,
    /// The events that wait are dropped, acks are not; this frame takes their place and tells the client so. If that
    /// is still too much, the connection is closed.
    Invalidate(Frame),
}
