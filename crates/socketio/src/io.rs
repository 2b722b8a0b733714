use crate::{
    Frame, Room, Stats,
    server::Shared,
    shard::{self, Message},
};
use std::sync::Arc;

/// The whole server, from any thread.
#[derive(Clone)]
pub struct Io {
    shared: Arc<Shared>,
}

/// One frame to many sockets.
#[derive(Debug, Clone)]
pub struct Broadcast {
    /// To the members of any of these, each once; empty means every socket of the namespace.
    pub rooms: Arc<[Room]>,
    /// But not to the members of any of these.
    pub except: Arc<[Room]>,
    /// May be dropped for a socket that takes nothing at the moment.
    pub volatile: bool,
    /// What they get.
    pub frame: Frame,
}

impl Broadcast {
    /// To every socket of the namespace.
    pub fn to_all(frame: Frame) -> Self {
        Self { rooms: Arc::new([]), except: Arc::new([]), volatile: false, frame }
    }

    /// To one room.
    pub fn to(room: Room, frame: Frame) -> Self {
        Self { rooms: Arc::new([room]), except: Arc::new([]), volatile: false, frame }
    }
}

impl Io {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Queues a frame for sockets of a namespace, by one message to each shard; on the shard of this thread at once,
    /// unless the namespace has recovery or what this thread asked for before still waits. Broadcasts from one thread
    /// arrive in their order. An unknown namespace has no sockets.
    pub fn broadcast(&self, namespace: &str, broadcast: Broadcast) {
        if let Some(index) = self.shared.namespace_index(namespace) {
            let broadcast = self.shared.namespace(index).scoped_broadcast(namespace, broadcast);
            shard::broadcast(&self.shared, index, &broadcast);
        }
    }

    /// Queues frames as [`broadcast`](Self::broadcast) does, in their order, by one message for all of them: a shard
    /// writes once to a connection that gets several.
    pub fn broadcast_all(&self, namespace: &str, broadcasts: Vec<Broadcast>) {
        if let Some(index) = self.shared.namespace_index(namespace).filter(|_| !broadcasts.is_empty()) {
            let scope = self.shared.namespace(index);
            let scoped = broadcasts.into_iter().map(|broadcast| scope.scoped_broadcast(namespace, broadcast));
            shard::broadcast_all(&self.shared, index, scoped.collect());
        }
    }

    /// Closes every transport; clients come back by themselves.
    pub fn close_all(&self, reason: &'static str) {
        shard::on_every(&self.shared, || Message::CloseAll(reason), |shard| shard.close_all(reason));
    }

    /// Counters and gauges.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }
}
