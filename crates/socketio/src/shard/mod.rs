//! One thread of the server: its connections, their rooms, and the tick that flushes them.

mod admission;
mod bulk;
mod connections;
mod fanout;
mod message;
mod recover;
mod run;

pub(crate) use connections::GOODBYE_MS;
pub(crate) use fanout::{broadcast, broadcast_all};
pub(crate) use message::Message;
pub(crate) use run::start;
#[cfg(feature = "simulation")]
pub(crate) use run::{as_current, serve};

use crate::{
    DisconnectReason, Frame, Room,
    conn::Conn,
    random::{Random, Sid},
    rooms::{Joined, Rooms},
    server::Shared,
    socket::{Acks, Op, PendingAck, Socket, Unnumbered, Waiter, client, slots::Link},
    stats::{Counters, add, decrement},
    timers::{Millis, Wheel},
};
use slab::Slab;
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Shard>>> = const { RefCell::new(None) };
}

pub(crate) struct Shard {
    pub(crate) index: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) conns: RefCell<Slab<Rc<Conn>>>,
    /// Sessions that began with polling. One that opened as a WebSocket needs no entry.
    pub(crate) sids: RefCell<HashMap<Sid, Rc<Conn>>>,
    rooms: Box<[RefCell<Rooms<Rc<Conn>>>]>,
    touched: RefCell<Vec<Rc<Conn>>>,
    flushing: RefCell<Vec<Rc<Conn>>>,
    /// Connections whose queue is full, and whose sockets have not been told yet.
    overflowed: RefCell<VecDeque<Rc<Conn>>>,
    /// The last broadcast of each namespace with recovery that was dealt with.
    positions: Box<[Cell<u64>]>,
    /// Up to there, broadcasts may not have been logged for everybody that they reach here.
    unlogged: Box<[Cell<u64>]>,
    /// What was sent from this thread and waits in its own mailbox, a broadcast first.
    own_messages: Cell<usize>,
    /// An application is being asked what to do with a full queue.
    overflowing: Cell<bool>,
    /// Who waits for a sign of life of a connection, by its key.
    challenges: RefCell<HashMap<usize, recover::Probe>>,
    /// There is something to flush.
    pub(crate) tick: Notify,
    wheel: RefCell<Wheel>,
    /// When the loop looks at the wheel next, if nothing happens before.
    sleeping_until: Cell<Millis>,
    pub(crate) random: RefCell<Random>,
    /// Every connection reads through this buffer.
    pub(crate) scratch: RefCell<Vec<u8>>,
    ping: Frame,
    pub(crate) noop: Frame,
    /// When the bucket of handshakes is full again, in microseconds.
    admission: Cell<u64>,
    started: Instant,
}

/// The shard of this thread, if there is one.
fn current(shared: &Arc<Shared>) -> Option<Rc<Shard>> {
    CURRENT
        .with_borrow(|current| current.as_ref().filter(|shard| Arc::ptr_eq(&shard.shared, shared)).cloned())
}

/// The shard of this thread, if it is the one asked for and what it was asked before does not wait in its mailbox.
fn ready(shared: &Arc<Shared>, index: usize) -> Option<Rc<Shard>> {
    current(shared).filter(|shard| shard.index == index && shard.own_messages.get() == 0)
}

/// By message. One to the own thread is counted: what is asked for after it must not come before it.
fn send(shared: &Arc<Shared>, index: usize, message: Message) {
    match current(shared).filter(|shard| shard.index == index) {
        Some(shard) => {
            shard.own_messages.set(shard.own_messages.get() + 1);
            shared.send(index, Message::Own(Box::new(message)));
        }
        None => shared.send(index, message),
    }
}

/// Carries out what a handle asks for: at once on the socket's own shard, else by message.
pub(crate) fn run(socket: &Socket, op: Op) {
    let inner = &socket.0;
    match ready(&inner.shared, usize::from(inner.shard)) {
        Some(shard) => shard.apply(socket, op),
        None => send(&inner.shared, usize::from(inner.shard), Message::Socket(socket.clone(), op)),
    }
}

/// Does something on every shard: at once on the one of this thread, by message on the others.
pub(crate) fn on_every(shared: &Arc<Shared>, message: impl Fn() -> Message, here: impl Fn(&Rc<Shard>)) {
    for index in 0..shared.shards() {
        match ready(shared, index) {
            Some(shard) => here(&shard),
            None => send(shared, index, message()),
        }
    }
}

/// Puts a message into every shard's mailbox, this thread's own too, so that all have one order.
pub(crate) fn to_every_mailbox(shared: &Arc<Shared>, message: impl Fn() -> Message) {
    (0..shared.shards()).for_each(|index| send(shared, index, message()));
}

impl Shard {
    pub(crate) fn now(&self) -> Millis {
        self.started.elapsed().as_millis() as Millis
    }

    pub(crate) fn counters(&self) -> &Counters {
        self.shared.counters(self.index)
    }

    pub(crate) fn rooms(&self, namespace: u16) -> &RefCell<Rooms<Rc<Conn>>> {
        &self.rooms[usize::from(namespace)]
    }

    pub(crate) fn refuse(&self, reason: &'static str) {
        self.counters().refuse(reason);
    }

    pub(crate) fn socket_came(&self) {
        add(&self.counters().sockets, 1);
    }

    pub(crate) fn socket_gone(&self) {
        decrement(&self.counters().sockets);
    }

    /// Runs code of the application: its panic ends the connection, not the shard.
    pub(crate) fn guarded(&self, call: impl FnOnce()) -> Result<(), DisconnectReason> {
        catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
            self.refuse("handler_panicked");
            DisconnectReason::Closed("internal")
        })
    }

    pub(crate) fn join(&self, conn: &Rc<Conn>, link: &Link, room: Room) {
        let namespace = link.socket.0.namespace;
        // Not counted: the room of all of a namespace of a pattern, which is our own.
        let ours = usize::from(self.shared.namespace(namespace).is_pattern());
        let limit = self.shared.config.limits.rooms_per_socket + ours;
        let joined = self.rooms(namespace).borrow_mut().join(conn, &link.node, room.clone(), limit);
        match joined {
            Joined::Now => self.track_join(link, &room),
            Joined::Before => {}
            Joined::Full => self.refuse("rooms_per_socket"),
        }
    }

    pub(crate) fn leave(&self, link: &Link, room: &Room) {
        // A socket stays in its own room.
        if room != link.socket.room() {
            self.rooms(link.socket.0.namespace).borrow_mut().leave(&link.node, room);
            self.track_leave(link, room);
        }
    }

    /// The connection and the live socket behind a handle.
    fn find(&self, socket: &Socket) -> Option<(Rc<Conn>, Rc<Link>)> {
        let conn = self.conns.borrow().get(socket.0.conn)?.clone();
        let link = conn.client()?.slots.find(|link| link.socket == *socket)?;
        Some((conn, link))
    }

    pub(crate) fn apply(self: &Rc<Self>, socket: &Socket, op: Op) {
        let Some((conn, link)) = self.find(socket) else { return };
        match op {
            Op::Send { frame, volatile } => self.emit(&conn, &link, &frame, volatile),
            Op::Ask { event, timeout, waiter } => {
                if let Some(event) = Unnumbered::new(&event) {
                    self.ask(&conn, &link, &event, timeout, waiter);
                }
            }
            Op::Join(room) => self.join(&conn, &link, room),
            Op::Leave(room) => self.leave(&link, &room),
            Op::Disconnect => self.disconnect(&conn, &link),
            Op::DisconnectAll => self.disconnect_all(&conn),
            Op::Close(reason) => self.close(&conn, DisconnectReason::Closed(reason)),
        }
    }

    /// Sends an event of which the waiter wants the answer.
    fn ask(
        self: &Rc<Self>,
        conn: &Rc<Conn>,
        link: &Link,
        event: &Unnumbered,
        timeout: Duration,
        waiter: Waiter,
    ) {
        let deadline = self.now().saturating_add(timeout.as_millis() as Millis);
        let limit = self.shared.config.limits.pending_acks_per_socket;
        let pending = PendingAck { deadline, waiter };
        let id = link.acks.borrow_mut().get_or_insert_with(Box::<Acks>::default).add(pending, limit);
        self.send(conn, &event.numbered(id), false);
        self.arm(conn);
    }

    /// Takes every socket of a connection out of its namespace, then closes the connection.
    fn disconnect_all(self: &Rc<Self>, conn: &Rc<Conn>) {
        for link in conn.client().map(client::Client::links).unwrap_or_default() {
            self.disconnect(conn, &link);
        }
        self.close(conn, DisconnectReason::ServerDisconnect);
    }

    /// Takes the socket out of its namespace and sends DISCONNECT. In that order: if the queue is full, the connection
    /// is cut, and a socket that was still in its namespace would have a session to come back to.
    pub(crate) fn disconnect(self: &Rc<Self>, conn: &Rc<Conn>, link: &Rc<Link>) {
        crate::socket::client::leave(self, conn, link, DisconnectReason::ServerDisconnect);
        let kind = crate::codec::socket::Kind::Disconnect;
        self.send(conn, &Frame::packet(kind, link.socket.namespace(), None, b""), false);
    }
}
