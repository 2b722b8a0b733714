//! From Engine.IO packets of either transport to what sits on top.

use super::{EngineConnection, EngineMessage, session::Step};
use crate::{
    codec::engine::Packet,
    conn::{Conn, Upper},
    shard::Shard,
    socket::client,
};
use std::rc::Rc;

/// Closes the connection if the packet breaks a rule.
pub(crate) fn on_packet(shard: &Rc<Shard>, conn: &Rc<Conn>, packet: Packet<'_>) {
    let is_pong = matches!(packet, Packet::Pong(_));
    if is_pong {
        shard.show_life(conn);
    }
    let outcome = conn.session.borrow_mut().on_packet(shard.now(), shard.shared.timings, packet);
    let outcome = outcome.and_then(|step| match (step, &conn.upper) {
        (Step::Nothing, _) => Ok(()),
        (Step::Text(text), Upper::SocketIo(upper)) => client::on_text(shard, conn, upper, text),
        (Step::Binary(data), Upper::SocketIo(upper)) => {
            client::on_binary(shard, conn, upper, data.into_owned())
        }
        (Step::Text(text), Upper::Raw(handler)) => shard.guarded(|| {
            handler.message(&EngineConnection::new(shard, conn), EngineMessage::Text(text));
        }),
        (Step::Binary(data), Upper::Raw(handler)) => shard.guarded(|| {
            handler.message(&EngineConnection::new(shard, conn), EngineMessage::Binary(&data));
        }),
    });
    if let Err(reason) = outcome {
        shard.close(conn, reason);
    } else if is_pong {
        // The next ping may be due before the time-out of this one would have been.
        shard.arm(conn);
    }
}
