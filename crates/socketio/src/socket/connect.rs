//! CONNECT: authentication, then a socket or a refusal.

use super::{
    Socket,
    client::Client,
    resume::{Resumed, Wish},
    slots::{Link, Standing},
};
use crate::{
    Accept, ConnectRequest, DisconnectReason, Frame, Refusal, Room,
    codec::socket::{Kind, Packet},
    conn::Conn,
    recovery::{Home, Tracker},
    rooms::Node,
    shard::Shard,
};
use futures_util::FutureExt;
use serde_json::{json, value::RawValue};
use std::{
    cell::{Cell, RefCell},
    panic::AssertUnwindSafe,
    rc::Rc,
};

/// A longer name than any namespace here has; it is not worth an answer.
const MAX_NAME_BYTES: usize = 256;

pub(crate) fn on_connect(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    client: &Client,
    packet: &Packet<'_>,
) -> Result<(), DisconnectReason> {
    let auth = match packet.payload {
        "" => None,
        payload if payload.len() > shard.shared.config.limits.event_bytes => {
            return Err(DisconnectReason::Protocol("event_bytes"));
        }
        payload => Some(
            RawValue::from_string(payload.to_owned())
                .map_err(|_| DisconnectReason::Protocol("malformed_packet"))?,
        ),
    };
    if packet.namespace.len() > MAX_NAME_BYTES {
        return Err(DisconnectReason::Protocol("malformed_packet"));
    }
    let Some(index) = shard.shared.namespace_index(packet.namespace) else {
        shard.refuse("invalid_namespace");
        refuse(shard, conn, packet.namespace, "Invalid namespace", None);
        return Ok(());
    };
    let (slots, limit) = (&client.slots, shard.shared.config.limits.namespaces_per_connection);
    if matches!(
        slots.standing(&shard.shared, packet.namespace),
        Standing::Connecting | Standing::Connected(_)
    ) {
        return Err(DisconnectReason::Protocol("connect_twice"));
    }
    if slots.occupied() >= limit {
        shard.refuse("namespaces_per_connection");
        refuse(shard, conn, packet.namespace, "namespaces_per_connection is passed", None);
        return Ok(());
    }
    let wish = Wish::read(shard, index, auth.as_deref());
    let name = shard.shared.namespace(index).shared_name(packet.namespace);
    let request = ConnectRequest { namespace: name.clone(), auth, handshake: conn.handshake.clone() };
    let task = tokio::task::spawn_local(authenticate(shard.clone(), conn.clone(), index, request, wish));
    slots.begin(&shard.shared, index, name, task.abort_handle(), limit);
    Ok(())
}

async fn authenticate(
    shard: Rc<Shard>,
    conn: Rc<Conn>,
    namespace: u16,
    request: ConnectRequest,
    wish: Option<Wish>,
) {
    let handler = shard.shared.namespace(namespace).handler.clone();
    let decision = AssertUnwindSafe(async { handler.authenticate(&request).await }).catch_unwind().await;
    let resumed = match (&decision, &wish) {
        (Ok(Ok(Accept { recover: true, data, .. })), Some(wish)) => wish.fulfil(&shard, &conn, data).await,
        _ => None,
    };
    // With a session in hand it goes on, so that the session waits again.
    if conn.is_closed() && resumed.is_none() {
        return;
    }
    let Ok(decision) = decision else {
        shard.refuse("handler_panicked");
        return shard.close(&conn, DisconnectReason::Closed("internal"));
    };
    match decision {
        Ok(accept) => accepted(&shard, &conn, namespace, &request.namespace, accept, resumed),
        Err(refusal) => {
            if let Some(client) = conn.client() {
                client.slots.give_up(&request.namespace);
            }
            match refusal {
                Refusal::ConnectError { message, data } => {
                    shard.refuse("connect_error");
                    refuse(&shard, &conn, &request.namespace, &message, data.as_ref());
                }
                Refusal::CloseTransport { reason } => shard.close(&conn, DisconnectReason::Closed(reason)),
            }
        }
    }
}

/// A socket that is about to be in its namespace.
struct Entrance {
    socket: Socket,
    tracker: Option<Box<Tracker>>,
    missed: Vec<Frame>,
    rooms: Vec<Room>,
}

fn accepted(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    namespace: u16,
    name: &str,
    accept: Accept,
    resumed: Option<Resumed>,
) {
    let entrance = match resumed {
        Some(resumed) => Ok(resumed.into()),
        None => Entrance::anew(shard, conn, namespace, name, &accept),
    };
    match entrance {
        Ok(entrance) => enter(shard, conn, namespace, entrance, accept.rooms),
        Err(error) => {
            tracing::error!(%error, "no randomness");
            shard.close(conn, DisconnectReason::Closed("internal"));
        }
    }
}

impl Entrance {
    fn anew(
        shard: &Rc<Shard>,
        conn: &Rc<Conn>,
        namespace: u16,
        name: &str,
        accept: &Accept,
    ) -> Result<Self, getrandom::Error> {
        let id = Room::new(shard.random.borrow_mut().id()?);
        let room = shard.shared.namespace(namespace).scoped(name, id);
        let socket = Socket::new(shard, conn, namespace, room, accept.data.clone(), false);
        let tracker = match shard.log(namespace).filter(|_| accept.recover) {
            Some(log) => {
                let pid = shard.random.borrow_mut().sid(shard.index)?;
                let home = Home { shard: shard.index, conn: conn.key.get() };
                let head = log.begin(pid, conn.handshake.principal(), home);
                shard.unlogged_up_to(namespace, head);
                Some(Box::new(Tracker::new(pid, shard.position(namespace), head)))
            }
            None => None,
        };
        Ok(Self { socket, tracker, missed: Vec::new(), rooms: Vec::new() })
    }
}

impl From<Resumed> for Entrance {
    fn from(resumed: Resumed) -> Self {
        let Resumed { socket, pid, parked, missed } = resumed;
        let rooms = parked.rooms().cloned().collect();
        Self { socket, tracker: Some(Box::new(Tracker::resumed(pid, parked))), missed, rooms }
    }
}

fn enter(shard: &Rc<Shard>, conn: &Rc<Conn>, namespace: u16, entrance: Entrance, rooms: Vec<Room>) {
    let Some(client) = conn.client() else { return };
    let Entrance { socket, tracker, missed, rooms: kept } = entrance;
    if conn.is_closed() {
        // The application has closed it when it was asked for the rooms.
        if let (Some(log), Some(tracker)) = (shard.log(namespace), tracker) {
            let data = socket.0.data.clone();
            tracker.park(log, socket.room().clone(), data, shard.position(namespace));
        }
        return;
    }
    let reply = connect_reply(&socket, tracker.as_deref());
    let link = Rc::new(Link {
        socket: socket.clone(),
        node: Node::new(tracker.is_some()),
        acks: RefCell::default(),
        tracker: RefCell::new(tracker),
        announced: Cell::new(false),
    });
    client.slots.enter(&link);
    shard.joined(conn);
    shard.socket_came();
    // The reply first. The official client keeps what comes before it until it is connected and only then notes the
    // offset: cut in between, it would get the same events again.
    shard.send(conn, &reply, false);
    if conn.is_closed() {
        // The queue was full. A socket that has left must not join: nobody would take it out of its rooms again.
        return;
    }
    // Within limits of their own, whatever the queue's are.
    missed.into_iter().for_each(|frame| conn.outbox.borrow_mut().push(frame, false));
    let scope = shard.shared.namespace(namespace);
    let own = std::iter::once(socket.room().clone()).chain(scope.everybody(socket.namespace()));
    let rooms = kept.into_iter().chain(rooms).map(|room| scope.scoped(socket.namespace(), room));
    for room in own.chain(rooms) {
        shard.join(conn, &link, room);
    }
    if conn.is_closed() {
        return;
    }
    link.announced.set(true);
    let previous = link.tracker.borrow_mut().as_mut().and_then(|tracker| tracker.previous.take());
    let handler = &shard.shared.namespace(namespace).handler;
    let told = shard.guarded(|| {
        if let Some(previous) = previous {
            handler.recovered(&socket, &*previous);
        }
        // Unless that has sent it away.
        if client.slots.find(|now| std::ptr::eq(now, &*link)).is_some() {
            handler.connected(&socket);
        }
    });
    if let Err(reason) = told {
        shard.close(conn, reason);
    }
}

fn connect_reply(socket: &Socket, tracker: Option<&Tracker>) -> Frame {
    let sid = socket.id();
    let reply = match tracker.and_then(|tracker| str::from_utf8(&tracker.pid).ok()) {
        Some(pid) => format!(r#"{{"sid":"{sid}","pid":"{pid}"}}"#),
        None => format!(r#"{{"sid":"{sid}"}}"#),
    };
    Frame::packet(Kind::Connect, socket.namespace(), None, reply.as_bytes())
}

fn refuse(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    namespace: &str,
    message: &str,
    data: Option<&serde_json::Value>,
) {
    let mut error = json!({ "message": message });
    if let Some(data) = data {
        error["data"] = data.clone();
    }
    let frame = Frame::packet(Kind::ConnectError, namespace, None, error.to_string().as_bytes());
    shard.send(conn, &frame, false);
}
