use super::{AckError, Answer, Waiter};
use crate::{
    Frame, Handshake, Room,
    conn::Conn,
    server::Shared,
    shard::{self, Shard},
};
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::{any::Any, fmt, sync::Arc, time::Duration};
use tokio::sync::oneshot;

/// A connected client of one namespace. A handle: clones are the same socket, on any thread.
///
/// Called on the socket's own shard (in a [`Handler`](crate::Handler)) it acts at once, elsewhere by a message to the
/// shard. After the disconnect nothing has an effect.
#[derive(Clone)]
pub struct Socket(pub(crate) Arc<SocketInner>);

pub(crate) struct SocketInner {
    pub(crate) room: Room,
    pub(crate) namespace: u16,
    pub(crate) recovered: bool,
    pub(crate) shard: u16,
    pub(crate) conn: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) data: Arc<dyn Any + Send + Sync>,
    pub(crate) handshake: Arc<Handshake>,
}

/// What a handle asks of the shard.
pub(crate) enum Op {
    Send {
        frame: Frame,
        volatile: bool,
    },
    Ask {
        event: Frame,
        timeout: Duration,
        waiter: Waiter,
    },
    Join(Room),
    Leave(Room),
    Disconnect,
    /// Out of every namespace, and the transport closed.
    DisconnectAll,
    Close(&'static str),
}

impl Socket {
    pub(crate) fn new(
        shard: &Shard,
        conn: &Conn,
        namespace: u16,
        room: Room,
        data: Arc<dyn Any + Send + Sync>,
        recovered: bool,
    ) -> Self {
        Self(Arc::new(SocketInner {
            room,
            namespace,
            recovered,
            shard: shard.index as u16,
            conn: conn.key.get(),
            shared: shard.shared.clone(),
            data,
            handshake: conn.handshake.clone(),
        }))
    }

    /// 20 characters, public; not the Engine.IO session id.
    pub fn id(&self) -> &str {
        self.0.shared.namespace(self.0.namespace).id_in(&self.0.room)
    }

    /// The room that holds this socket alone.
    pub fn room(&self) -> &Room {
        &self.0.room
    }

    /// Its namespace.
    pub fn namespace(&self) -> &str {
        self.0.shared.namespace(self.0.namespace).name_for(&self.0.room)
    }

    /// What [`Accept::data`](crate::Accept::data) held, if it is of this type.
    pub fn data<T: Any>(&self) -> Option<&T> {
        self.0.data.downcast_ref()
    }

    /// Whether this socket took up a session again: its id and rooms are those it had when it was cut off, and what it
    /// missed was sent to it.
    pub fn recovered(&self) -> bool {
        self.0.recovered
    }

    /// The request that opened the connection.
    pub fn handshake(&self) -> &Handshake {
        &self.0.handshake
    }

    /// Emits an event with one argument. A value that cannot be serialised is logged and not sent.
    pub fn emit(&self, name: &str, arg: &impl Serialize) {
        match Frame::event(self.namespace(), name, arg) {
            Ok(frame) => self.send(frame),
            Err(error) => tracing::error!(%error, event = name, "an event cannot be serialised"),
        }
    }

    /// Queues a frame, which must be of this namespace.
    pub fn send(&self, frame: Frame) {
        shard::run(self, Op::Send { frame, volatile: false });
    }

    /// Queues a frame that is dropped if the connection takes nothing at the moment, or later if its queue is full.
    pub fn send_volatile(&self, frame: Frame) {
        shard::run(self, Op::Send { frame, volatile: true });
    }

    /// Emits an event with one argument and waits for the client's ack.
    pub fn emit_with_ack(
        &self,
        name: &str,
        arg: &impl Serialize,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Answer, AckError>> {
        match Frame::event(self.namespace(), name, arg) {
            Ok(event) => self.send_with_ack(event, timeout),
            Err(error) => Box::pin(std::future::ready(Err(AckError::Serialize(error.to_string())))),
        }
    }

    /// Queues an event, which must be of this namespace, and waits for the client's ack.
    pub fn send_with_ack(
        &self,
        event: Frame,
        timeout: Duration,
    ) -> BoxFuture<'static, Result<Answer, AckError>> {
        let (sender, received) = oneshot::channel();
        shard::run(self, Op::Ask { event, timeout, waiter: Waiter::One(sender) });
        Box::pin(async { received.await.unwrap_or(Err(AckError::Disconnected)) })
    }

    /// Joins a room; beyond `rooms_per_socket` this does nothing and is counted.
    pub fn join(&self, room: Room) {
        shard::run(self, Op::Join(self.scoped(room)));
    }

    /// Leaves a room.
    pub fn leave(&self, room: &Room) {
        shard::run(self, Op::Leave(self.scoped(room.clone())));
    }

    fn scoped(&self, room: Room) -> Room {
        self.0.shared.namespace(self.0.namespace).scoped(self.namespace(), room)
    }

    /// Sends DISCONNECT: the client leaves the namespace and official clients do not come back.
    pub fn disconnect(&self) {
        shard::run(self, Op::Disconnect);
    }

    /// Sends DISCONNECT in every namespace of the connection, then closes it: official clients do not come back.
    pub fn disconnect_all(&self) {
        shard::run(self, Op::DisconnectAll);
    }

    /// Closes the transport, and with it every namespace of the connection: clients come back by themselves.
    pub fn close(&self, reason: &'static str) {
        shard::run(self, Op::Close(reason));
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Socket")
            .field("namespace", &self.namespace())
            .field("id", &self.id())
            .finish()
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
impl Eq for Socket {}
