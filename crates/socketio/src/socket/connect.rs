//! CONNECT: authentication, then a socket or a refusal.

use super::{
    Socket, SocketInner,
    client::{Client, Link, Slot, SlotState},
};
use crate::{
    Accept, ConnectRequest, DisconnectReason, Frame, Refusal, Room,
    codec::socket::{Kind, Packet},
    conn::Conn,
    shard::Shard,
};
use serde_json::{json, value::RawValue};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
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
    let mut slots = client.slots.borrow_mut();
    if slots.iter().any(|slot| slot.namespace == index && !matches!(slot.state, SlotState::Left)) {
        return Err(DisconnectReason::Protocol("connect_twice"));
    }
    slots.retain(|slot| slot.namespace != index);
    let joined = slots.iter().filter(|slot| !matches!(slot.state, SlotState::Left)).count();
    if joined >= shard.shared.config.limits.namespaces_per_connection {
        drop(slots);
        shard.refuse("namespaces_per_connection");
        refuse(shard, conn, packet.namespace, "namespaces_per_connection is passed", None);
        return Ok(());
    }
    let request = ConnectRequest {
        namespace: shard.shared.namespace(index).name.clone(),
        auth,
        handshake: conn.handshake.clone(),
    };
    let task = tokio::task::spawn_local(authenticate(shard.clone(), conn.clone(), index, request));
    // A connection is rarely in more than one namespace.
    slots.reserve_exact(1);
    slots.push(Slot { namespace: index, state: SlotState::Connecting(task.abort_handle()) });
    Ok(())
}

async fn authenticate(shard: Rc<Shard>, conn: Rc<Conn>, namespace: u16, request: ConnectRequest) {
    let handler = shard.shared.namespace(namespace).handler.clone();
    let decision = handler.authenticate(&request).await;
    if conn.is_closed() {
        return;
    }
    match decision {
        Ok(accept) => accepted(&shard, &conn, namespace, accept),
        Err(refusal) => {
            if let Some(client) = conn.client() {
                client.slots.borrow_mut().retain(|slot| slot.namespace != namespace);
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

fn accepted(shard: &Rc<Shard>, conn: &Rc<Conn>, namespace: u16, accept: Accept) {
    let Some(client) = conn.client() else { return };
    let id = match shard.random.borrow_mut().id() {
        Ok(id) => id,
        Err(error) => {
            tracing::error!(%error, "no randomness");
            return shard.close(conn, DisconnectReason::Closed("internal"));
        }
    };
    let socket = Socket(Arc::new(SocketInner {
        room: Room::new(id),
        namespace,
        shard: shard.index as u16,
        conn: conn.key.get(),
        shared: shard.shared.clone(),
        data: accept.data,
        handshake: conn.handshake.clone(),
    }));
    let link = Rc::new(Link {
        socket: socket.clone(),
        node: Rc::default(),
        acks: RefCell::default(),
        announced: Cell::new(false),
    });
    for slot in client.slots.borrow_mut().iter_mut().filter(|slot| slot.namespace == namespace) {
        slot.state = SlotState::Connected(link.clone());
    }
    conn.session.borrow_mut().admit();
    shard.socket_came();
    let reply = format!(r#"{{"sid":"{}"}}"#, socket.id());
    shard.send(conn, &Frame::packet(Kind::Connect, socket.namespace(), None, reply.as_bytes()), false);
    shard.join(conn, &link, socket.room().clone());
    for room in accept.rooms {
        shard.join(conn, &link, room);
    }
    if conn.is_closed() {
        return;
    }
    link.announced.set(true);
    let handler = &shard.shared.namespace(namespace).handler;
    if let Err(reason) = shard.guarded(|| handler.connected(&socket)) {
        shard.close(conn, reason);
    }
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
