//! What a connected socket must remember so that its session can be taken up again.

use super::{
    Position,
    log::{Bounds, Log},
    sessions::{Parked, Pid},
};
use crate::{Frame, Room};
use std::{
    any::Any,
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::time::Instant;

/// Rooms that a socket was in before and that are remembered.
const LEFT_ROOMS: usize = 64;

/// The recovery side of one connected socket, on its shard.
pub(crate) struct Tracker {
    pub(crate) pid: Pid,
    history: History,
    /// After this broadcast, everything that the socket is sent is in the log.
    logged_since: u64,
    /// The data of before the cut, until the application was told of it.
    pub(crate) previous: Option<Arc<dyn Any + Send + Sync>>,
}

/// What a socket was sent, connected or away, as far as it matters for what it may have missed.
pub(crate) struct History {
    pub(super) memberships: Vec<Membership>,
    /// Rooms that it was in before, and until which broadcast: some broadcasts except their members.
    left: VecDeque<(Membership, u64)>,
    pub(super) directs: Directs,
    /// What was sent before is not of this session.
    pub(super) start: Position,
    /// The last broadcast that the socket was sent while it may not have been logged for it.
    pub(super) unlogged: u64,
}

impl History {
    fn new(start: Position) -> Self {
        let (memberships, left) = (Vec::new(), VecDeque::new());
        Self { memberships, left, directs: Directs::default(), start, unlogged: 0 }
    }

    pub(super) fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.memberships.iter().map(|membership| &membership.room)
    }

    fn membership(&self, room: &Room) -> Option<&Membership> {
        self.memberships.iter().find(|membership| membership.room == *room)
    }

    /// Out of a room after this broadcast. Whoever calls no longer follows it. `false` if it was not in.
    pub(super) fn leave(&mut self, room: &Room, until: u64) -> bool {
        let Some(at) = self.memberships.iter().position(|membership| membership.room == *room) else {
            return false;
        };
        self.left.push_back((self.memberships.swap_remove(at), until));
        if self.left.len() > LEFT_ROOMS {
            // What it was excepted from before cannot be told any more.
            self.unlogged =
                self.left.pop_front().map_or(self.unlogged, |(_, until)| self.unlogged.max(until));
        }
        true
    }

    /// Whether the socket was in a room when this broadcast came to it.
    pub(super) fn was_in(&self, room: &Room, broadcast: u64) -> bool {
        let is_in = |membership: &Membership| membership.room == *room && membership.since < broadcast;
        self.memberships.iter().any(is_in)
            || self.left.iter().any(|(left, until)| is_in(left) && broadcast <= *until)
    }

    /// Whether it is one of those in `rooms`, as in [`Broadcast::rooms`](crate::Broadcast::rooms).
    pub(super) fn is_of(&self, rooms: &[Room]) -> bool {
        rooms.is_empty() || self.memberships.iter().any(|membership| rooms.contains(&membership.room))
    }
}

/// A room of a socket.
pub(super) struct Membership {
    pub(super) room: Room,
    /// The socket was sent broadcasts to it after this one.
    pub(super) since: u64,
    /// Those after this one are in the log. Later than `since` if some were on their way when the socket joined.
    pub(super) logged_since: u64,
}

/// What was sent to the socket alone.
#[derive(Default)]
pub(super) struct Directs {
    /// How many there were ever.
    count: u64,
    pub(super) entries: VecDeque<Direct>,
    bytes: usize,
    /// Everything after this position is here.
    since: Position,
    /// What all sockets of the namespace keep, in bytes; there once this one keeps something.
    total: Option<Arc<AtomicUsize>>,
}

pub(super) struct Direct {
    pub(super) position: Position,
    at: Instant,
    pub(super) frame: Frame,
}

impl Directs {
    pub(super) fn is_whole_after(&self, position: Position) -> bool {
        self.since <= position
    }

    fn keep(&mut self, direct: Direct, log: &Log) {
        let (now, bytes) = (direct.at, direct.frame.bytes().len());
        let total = self.total.get_or_insert_with(|| log.direct_bytes.clone());
        self.bytes += bytes;
        total.fetch_add(bytes, Relaxed);
        self.entries.push_back(direct);
        self.trim(now, &log.bounds);
        // Who is sent something when all keep too much gives up its own, so that nobody is looked for.
        while log.direct_bytes.load(Relaxed) > log.bounds.total_bytes && self.drop_first() {}
    }

    fn trim(&mut self, now: Instant, bounds: &Bounds) {
        while self.entries.front().is_some_and(|first| {
            self.entries.len() > bounds.events || self.bytes > bounds.bytes || first.at + bounds.window <= now
        }) {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) -> bool {
        let Some(first) = self.entries.pop_front() else { return false };
        let bytes = first.frame.bytes().len();
        self.bytes -= bytes;
        self.since = first.position;
        if let Some(total) = &self.total {
            total.fetch_sub(bytes, Relaxed);
        }
        true
    }
}

impl Drop for Directs {
    fn drop(&mut self) {
        if let Some(total) = &self.total {
            total.fetch_sub(self.bytes, Relaxed);
        }
    }
}

impl Tracker {
    /// For a session that begins after this broadcast, and whose broadcasts are in the log after that one.
    pub(crate) fn new(pid: Pid, broadcast: u64, logged_since: u64) -> Self {
        let history = History::new(Position::of_broadcast(broadcast));
        Self { pid, history, logged_since, previous: None }
    }

    /// For a session that was taken up. What it has missed it may miss again.
    pub(crate) fn resumed(pid: Pid, parked: Parked) -> Self {
        let Parked { history, data, .. } = parked;
        Self { pid, logged_since: history.unlogged, history, previous: Some(data) }
    }

    /// Gives an event for this socket alone its place after a broadcast, and keeps it. `None` for what is not
    /// recovered: acks, and events that want one.
    pub(crate) fn stamp(
        &mut self,
        log: &Log,
        frame: &Frame,
        broadcast: u64,
        volatile: bool,
    ) -> Option<Frame> {
        let directs = &mut self.history.directs;
        let position = Position { broadcast, direct: directs.count + 1 };
        let frame = log.stamped(frame, position)?;
        directs.count += 1;
        if !volatile {
            let direct = Direct { position, at: Instant::now(), frame: frame.clone() };
            directs.keep(direct, log);
        }
        Some(frame)
    }

    /// Forgets what is too old to be sent again.
    pub(crate) fn trim(&mut self, log: &Log) {
        let directs = &mut self.history.directs;
        directs.trim(Instant::now(), &log.bounds);
        if directs.entries.is_empty() {
            directs.entries = VecDeque::new();
        }
    }

    /// The socket is in a room since this broadcast. Returns since when the log has those to the room.
    pub(crate) fn join(&mut self, log: &Log, room: &Room, since: u64) -> u64 {
        if let Some(known) = self.history.membership(room) {
            return known.logged_since;
        }
        let logged_since = log.follow(room);
        self.history.memberships.push(Membership { room: room.clone(), since, logged_since });
        self.logged_since = self.logged_since.max(logged_since);
        logged_since
    }

    #[cfg(all(test, feature = "shuttle"))]
    pub(super) fn is_in(&self, room: &Room) -> bool {
        self.history.membership(room).is_some()
    }

    /// The socket was sent a broadcast that may not have been logged for it.
    pub(crate) fn note_unlogged(&mut self, broadcast: u64) {
        self.history.unlogged = self.history.unlogged.max(broadcast);
    }

    /// The socket has left a room after this broadcast.
    pub(crate) fn leave(&mut self, log: &Log, room: &Room, until: u64) {
        if self.history.leave(room, until) {
            log.unfollow(room);
        }
    }

    /// The client was cut off after this broadcast. The data is that of before, if the application was not told of the
    /// socket yet.
    pub(crate) fn park(self, log: &Log, room: Room, data: Arc<dyn Any + Send + Sync>, broadcast: u64) {
        let Self { pid, mut history, logged_since, previous } = self;
        if broadcast < logged_since {
            // Some were still on their way to the socket.
            history.unlogged = logged_since;
        }
        let last = Position { broadcast, direct: history.directs.count };
        log.park(pid, Parked { room, data: previous.unwrap_or(data), history, last }, Instant::now());
    }

    /// The client is gone for good.
    pub(crate) fn end(self, log: &Log) {
        log.end(&self.pid, &self.history);
    }
}
