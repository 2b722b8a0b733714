//! The network between one client and its node: bytes take their time, come in pieces, and are lost when it is cut.

use std::rc::Rc;

use socketio::simulation::{Entrance, Peer};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

use crate::{
    chance::Chance,
    wire::{self, Packet, Reader},
};

/// How a connection ends from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Both sides hear of it.
    Reset,
    /// The server hears nothing any more, and nothing of that either.
    Silence,
}

/// A connection. What is under way when it is cut or dropped is lost.
pub(crate) struct Link {
    up: UnboundedSender<Vec<u8>>,
    down: UnboundedReceiver<Vec<u8>>,
    reader: Reader,
    peer: Rc<Peer>,
    carriers: [JoinHandle<()>; 2],
}

impl Link {
    pub(crate) fn open(entrance: &Entrance, chance: &Chance) -> Self {
        let peer = Rc::new(entrance.connect());
        let ((up, sent), (arrived, down)) = (unbounded_channel(), unbounded_channel());
        let carriers = [
            tokio::task::spawn_local(carry_up(sent, peer.clone(), chance.clone())),
            tokio::task::spawn_local(carry_down(peer.clone(), arrived, chance.clone())),
        ];
        Self { up, down, reader: Reader::default(), peer, carriers }
    }

    /// Hands over an Engine.IO packet.
    pub(crate) fn send(&self, packet: &str) {
        let _ = self.up.send(wire::frame(packet));
    }

    /// The next packet; `None` at the end of the connection. May be dropped and asked again.
    pub(crate) async fn receive(&mut self) -> Option<Result<Packet, String>> {
        loop {
            if let Some(packet) = self.reader.next() {
                return Some(packet);
            }
            self.reader.feed(&self.down.recv().await?);
        }
    }

    pub(crate) fn cut(self, how: Cut) {
        if how == Cut::Reset {
            self.peer.close();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.carriers.iter().for_each(JoinHandle::abort);
    }
}

/// Mostly a few milliseconds, at times much longer.
async fn travel(chance: &Chance) {
    let longest = if chance.happens(50) { 300 } else { 12 };
    tokio::time::sleep(chance.millis(1..longest)).await;
}

async fn carry_up(mut sent: UnboundedReceiver<Vec<u8>>, peer: Rc<Peer>, chance: Chance) {
    while let Some(bytes) = sent.recv().await {
        travel(&chance).await;
        let middle = if chance.happens(200) { chance.within(0..bytes.len() as u64) as usize } else { 0 };
        peer.send(&bytes[..middle]);
        if middle > 0 {
            travel(&chance).await;
        }
        peer.send(&bytes[middle..]);
    }
}

async fn carry_down(peer: Rc<Peer>, arrived: UnboundedSender<Vec<u8>>, chance: Chance) {
    loop {
        travel(&chance).await;
        let Some(bytes) = peer.receive().await else { return };
        if arrived.send(bytes).is_err() {
            return;
        }
    }
}
