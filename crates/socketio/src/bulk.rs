//! What is done to many sockets at once, besides broadcasts.

use crate::{
    Answers, Broadcast, Io, Room, Socket,
    namespaces::Namespace,
    recovery::Removal,
    shard::{self, Message},
    socket::Answered,
};
use futures_util::future::BoxFuture;
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// What every shard does to its part of the sockets.
#[derive(Clone)]
pub(crate) enum Bulk {
    Ask(Broadcast, Duration, UnboundedSender<Answered>),
    Join(Arc<[Room]>, Arc<[Room]>),
    Collect(Arc<[Room]>, UnboundedSender<Socket>),
}

/// In all of these, `of` names rooms as in [`Broadcast::rooms`]: the members of any of them, each once; empty means
/// every socket of the namespace.
impl Io {
    /// Emits an event to sockets of a namespace and gathers their acks until all have answered or the time is up. A
    /// socket that is asked for more than `pending_acks_per_socket` at once counts as missing. Every receiver has a
    /// number of its own for the answer, so the frame is made anew for each; a broadcast without acks costs less.
    pub fn broadcast_with_ack(
        &self,
        namespace: &str,
        broadcast: Broadcast,
        timeout: Duration,
    ) -> BoxFuture<'static, Answers> {
        let (sender, mut answered) = unbounded_channel();
        self.bulk(namespace, Bulk::Ask(broadcast, timeout, sender));
        Box::pin(async move {
            let mut answers = Answers::default();
            while let Some(answer) = answered.recv().await {
                match answer {
                    Ok(answer) => answers.answers.push(answer),
                    Err(_) => answers.missing += 1,
                }
            }
            answers
        })
    }

    /// Has sockets join rooms; what passes `rooms_per_socket` is not joined and counted. Those who are away are not
    /// sockets now and do not join; `Handler::recovered` is the place for what they should have.
    pub fn join(&self, namespace: &str, of: &[Room], rooms: &[Room]) {
        self.bulk(namespace, Bulk::Join(of.into(), rooms.into()));
    }

    /// Has sockets leave rooms; their own they keep. Those who are away, and those who are just coming back,
    /// leave them too.
    pub fn leave(&self, namespace: &str, of: &[Room], rooms: &[Room]) {
        self.remove(namespace, Removal::Leave { of: of.into(), rooms: rooms.into() });
    }

    /// Sends DISCONNECT to sockets; official clients do not come back by themselves. The sessions
    /// of those who are away are over, and of those who are just coming back.
    pub fn disconnect(&self, namespace: &str, of: &[Room]) {
        self.remove(namespace, Removal::Disconnect { of: of.into() });
    }

    /// The sockets that are connected now, in no order.
    pub fn sockets(&self, namespace: &str, of: &[Room]) -> BoxFuture<'static, Vec<Socket>> {
        let (sender, mut found) = unbounded_channel();
        self.bulk(namespace, Bulk::Collect(of.into(), sender));
        Box::pin(async move {
            let mut sockets = Vec::new();
            while let Some(socket) = found.recv().await {
                sockets.push(socket);
            }
            sockets
        })
    }

    fn remove(&self, namespace: &str, removal: Removal) {
        let shared = self.shared();
        let Some(index) = shared.namespace_index(namespace) else { return };
        let removal = removal.scoped(shared.namespace(index), namespace);
        let Some(log) = shared.log(index) else {
            return shard::on_every(
                shared,
                || Message::Remove(index, removal.clone(), None),
                |shard| shard.remove(index, &removal, None),
            );
        };
        log.remove(&removal, shared.shards(), |position| {
            shard::to_every_mailbox(shared, || Message::Remove(index, removal.clone(), Some(position)));
        });
    }

    fn bulk(&self, namespace: &str, bulk: Bulk) {
        let shared = self.shared();
        let Some(index) = shared.namespace_index(namespace) else { return };
        let bulk = bulk.scoped(shared.namespace(index), namespace);
        shard::on_every(
            shared,
            || Message::Bulk(index, bulk.clone()),
            |shard| shard.bulk(index, bulk.clone()),
        );
    }
}

impl Bulk {
    fn scoped(self, namespace: &Namespace, name: &str) -> Self {
        let of = |rooms: Arc<[Room]>| namespace.scoped_or_all(name, &rooms);
        let rooms = |rooms: Arc<[Room]>| namespace.scoped_all(name, &rooms);
        match self {
            Self::Ask(broadcast, timeout, answers) => {
                Self::Ask(namespace.scoped_broadcast(name, broadcast), timeout, answers)
            }
            Self::Join(members, joined) => Self::Join(of(members), rooms(joined)),
            Self::Collect(members, sockets) => Self::Collect(of(members), sockets),
        }
    }
}

impl Removal {
    fn scoped(self, namespace: &Namespace, name: &str) -> Self {
        match self {
            Self::Leave { of, rooms } => Self::Leave {
                of: namespace.scoped_or_all(name, &of),
                rooms: namespace.scoped_all(name, &rooms),
            },
            Self::Disconnect { of } => Self::Disconnect { of: namespace.scoped_or_all(name, &of) },
        }
    }
}
