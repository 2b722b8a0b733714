//! The Socket.IO side of one connection: which namespaces it is in, and what its packets do.

use super::{
    Acker, Answer, Event,
    slots::{Link, Slots, Standing},
};
use crate::{
    DisconnectReason,
    codec::socket::{
        Assembled, Assembler, Assembly, Kind, Malformed, Packet, PacketLimits, decode, event_parts,
    },
    conn::Conn,
    shard::Shard,
};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::{cell::RefCell, rc::Rc};

#[derive(Default)]
pub(crate) struct Client {
    pub(crate) slots: Slots,
    assembler: RefCell<Assembler>,
}

type Outcome = Result<(), DisconnectReason>;

impl Client {
    /// The socket in a namespace that is no pattern.
    pub(crate) fn link(&self, namespace: u16) -> Option<Rc<Link>> {
        self.slots.find(|link| link.socket.0.namespace == namespace)
    }

    pub(crate) fn links(&self) -> Vec<Rc<Link>> {
        self.slots.links()
    }
}

/// A text message of the connection.
pub(crate) fn on_text(shard: &Rc<Shard>, conn: &Rc<Conn>, client: &Client, text: &str) -> Outcome {
    if client.assembler.borrow().is_waiting() {
        return Err(DisconnectReason::Protocol("attachment_expected"));
    }
    let limits = &shard.shared.config.limits;
    let packet_limits =
        PacketLimits { json_depth: limits.json_depth, attachments: limits.binary_attachments_per_event };
    let packet = decode(text, packet_limits).map_err(refused)?;
    match packet.kind {
        Kind::Connect => super::connect::on_connect(shard, conn, client, &packet),
        Kind::Disconnect => {
            on_disconnect(shard, conn, client, packet.namespace);
            Ok(())
        }
        Kind::BinaryEvent | Kind::BinaryAck => {
            // Said before anything is kept. One that has left is no breach: the attachments come all the same.
            find(shard, client, packet.namespace)?;
            let assembled =
                client.assembler.borrow_mut().start(text, &packet, limits.event_bytes).map_err(refused)?;
            complete(shard, conn, client, assembled)
        }
        Kind::Event | Kind::Ack => deliver(shard, conn, client, &packet, Vec::new(), text.len()),
        Kind::ConnectError => Err(DisconnectReason::Protocol("malformed_packet")),
    }
}

/// A binary message of the connection: an attachment.
pub(crate) fn on_binary(shard: &Rc<Shard>, conn: &Rc<Conn>, client: &Client, data: Vec<u8>) -> Outcome {
    let limits = &shard.shared.config.limits;
    if client.assembler.borrow().bytes() + data.len() > limits.max_payload_bytes {
        return Err(DisconnectReason::Protocol("max_payload_bytes"));
    }
    let assembled =
        client.assembler.borrow_mut().add(Bytes::from(data), limits.event_bytes).map_err(refused)?;
    complete(shard, conn, client, assembled)
}

fn complete(shard: &Rc<Shard>, conn: &Rc<Conn>, client: &Client, assembled: Assembled) -> Outcome {
    let Assembled::Complete(assembly) = assembled else { return Ok(()) };
    let Assembly { text, attachments, bytes, .. } = *assembly;
    let any = PacketLimits { json_depth: usize::MAX, attachments: usize::MAX };
    let packet = decode(&text, any).map_err(refused)?;
    deliver(shard, conn, client, &packet, attachments, bytes)
}

fn deliver(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    client: &Client,
    packet: &Packet<'_>,
    attachments: Vec<Bytes>,
    bytes: usize,
) -> Outcome {
    let Some(link) = find(shard, client, packet.namespace)? else { return Ok(()) };
    let namespace = shard.shared.namespace(link.socket.0.namespace);
    if bytes > shard.shared.config.limits.event_bytes {
        shard.refuse("event_bytes");
        if matches!(packet.kind, Kind::Event | Kind::BinaryEvent) {
            let ack = packet.id.map(|id| Acker { socket: link.socket.clone(), id });
            return shard.guarded(|| namespace.handler.too_large(&link.socket, ack, bytes));
        }
        return Ok(());
    }
    if matches!(packet.kind, Kind::Ack | Kind::BinaryAck) {
        return on_ack(conn, &link, packet, attachments);
    }
    let (name, args) = event_parts(packet.payload).map_err(refused)?;
    let ack = packet.id.map(|id| Acker { socket: link.socket.clone(), id });
    let event = Event { name: &name, args, attachments, ack };
    shard.guarded(|| namespace.handler.event(&link.socket, event))
}

fn on_ack(conn: &Rc<Conn>, link: &Link, packet: &Packet<'_>, attachments: Vec<Bytes>) -> Outcome {
    let args: Vec<Box<RawValue>> =
        serde_json::from_str(packet.payload).map_err(|_| DisconnectReason::Protocol("malformed_packet"))?;
    if let (Some(id), Some(acks)) = (packet.id, link.acks.borrow_mut().as_mut()) {
        acks.resolve(id, Answer { args, attachments });
    }
    conn.note_activity();
    Ok(())
}

/// The connected socket; `None` when it has left, an error when it never was there.
fn find(shard: &Shard, client: &Client, name: &str) -> Result<Option<Rc<Link>>, DisconnectReason> {
    match client.slots.standing(&shard.shared, name) {
        Standing::Connected(link) => Ok(Some(link)),
        Standing::Left => Ok(None),
        Standing::Never | Standing::Connecting => Err(DisconnectReason::Protocol("event_before_connect")),
    }
}

fn on_disconnect(shard: &Rc<Shard>, conn: &Rc<Conn>, client: &Client, name: &str) {
    match client.slots.standing(&shard.shared, name) {
        Standing::Connected(link) => leave(shard, conn, &link, DisconnectReason::ClientDisconnect),
        Standing::Connecting => client.slots.give_up(name),
        Standing::Never | Standing::Left => {}
    }
}

/// Takes a socket out of its namespace; the connection goes on.
pub(crate) fn leave(shard: &Rc<Shard>, conn: &Rc<Conn>, link: &Rc<Link>, reason: DisconnectReason) {
    if let Some(client) = conn.client() {
        client.slots.leave(link);
    }
    farewell(shard, link, reason);
}

/// The connection ends: every socket leaves.
pub(crate) fn leave_all(shard: &Rc<Shard>, client: &Client, reason: DisconnectReason) {
    for link in client.slots.clear() {
        farewell(shard, &link, reason);
    }
    *client.assembler.borrow_mut() = Assembler::default();
}

fn farewell(shard: &Rc<Shard>, link: &Link, reason: DisconnectReason) {
    shard.rooms(link.socket.0.namespace).borrow_mut().leave_all(&link.node);
    shard.park(link, reason);
    link.acks.borrow_mut().take();
    shard.socket_gone();
    if link.announced.get() {
        let namespace = shard.shared.namespace(link.socket.0.namespace);
        let _ = shard.guarded(|| namespace.handler.disconnected(&link.socket, reason));
    }
}

fn refused(malformed: Malformed) -> DisconnectReason {
    DisconnectReason::Protocol(match malformed {
        Malformed::Syntax(_) => "malformed_packet",
        Malformed::Depth => "json_depth",
        Malformed::Attachments => "binary_attachments_per_event",
    })
}
