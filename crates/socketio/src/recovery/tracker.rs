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
    memberships: Vec<Membership>,
    /// Rooms that it was in before, and until which broadcast: some broadcasts except their members.
    left: VecDeque<(Membership, u64)>,
    directs: Directs,
    start: Position,
    /// The last broadcast that the socket was sent while it may not have been logged for it.
    unlogged: u64,
    /// After this broadcast, everything that the socket is sent is in the log.
    logged_since: u64,
}

/// A room of a socket.
#[derive(Clone)]
pub(crate) struct Membership {
    pub(crate) room: Room,
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
        let is_too_much = total.fetch_add(bytes, Relaxed) + bytes > log.bounds.total_bytes;
        self.entries.push_back(direct);
        self.trim(now, &log.bounds);
        while is_too_much && self.drop_first() {}
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
        let start = Position::of_broadcast(broadcast);
        let (memberships, left) = (Vec::new(), VecDeque::new());
        Self { pid, memberships, left, directs: Directs::default(), start, unlogged: 0, logged_since }
    }

    /// For a session that was taken up. What it has missed it may miss again.
    pub(crate) fn resumed(pid: Pid, parked: Parked) -> Self {
        let Parked { memberships, left, directs, start, unlogged, .. } = parked;
        Self { pid, memberships, left, directs, start, unlogged, logged_since: unlogged }
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
        let position = Position { broadcast, direct: self.directs.count + 1 };
        let frame = log.stamped(frame, position)?;
        self.directs.count += 1;
        if !volatile {
            let direct = Direct { position, at: Instant::now(), frame: frame.clone() };
            self.directs.keep(direct, log);
        }
        Some(frame)
    }

    /// Forgets what is too old to be sent again.
    pub(crate) fn trim(&mut self, log: &Log) {
        self.directs.trim(Instant::now(), &log.bounds);
        if self.directs.entries.is_empty() {
            self.directs.entries = VecDeque::new();
        }
    }

    /// The socket is in a room since this broadcast. Returns since when the log has those to the room.
    pub(crate) fn join(&mut self, log: &Log, room: &Room, since: u64) -> u64 {
        if let Some(known) = self.memberships.iter().find(|membership| membership.room == *room) {
            return known.logged_since;
        }
        let logged_since = log.follow(room);
        self.memberships.push(Membership { room: room.clone(), since, logged_since });
        self.logged_since = self.logged_since.max(logged_since);
        logged_since
    }

    #[cfg(all(test, feature = "shuttle"))]
    pub(super) fn is_in(&self, room: &Room) -> bool {
        self.memberships.iter().any(|membership| membership.room == *room)
    }

    /// The socket was sent a broadcast that may not have been logged for it.
    pub(crate) fn note_unlogged(&mut self, broadcast: u64) {
        self.unlogged = self.unlogged.max(broadcast);
    }

    /// The socket has left a room after this broadcast.
    pub(crate) fn leave(&mut self, log: &Log, room: &Room, until: u64) {
        let Some(at) = self.memberships.iter().position(|membership| membership.room == *room) else {
            return;
        };
        self.left.push_back((self.memberships.swap_remove(at), until));
        log.unfollow(room);
        if self.left.len() > LEFT_ROOMS {
            // What it was excepted from before cannot be told any more.
            self.unlogged =
                self.left.pop_front().map_or(self.unlogged, |(_, until)| self.unlogged.max(until));
        }
    }

    /// The client was cut off after this broadcast.
    pub(crate) fn park(self, log: &Log, room: Room, data: Arc<dyn Any + Send + Sync>, broadcast: u64) {
        let Self { pid, memberships, left, directs, start, mut unlogged, logged_since } = self;
        if broadcast < logged_since {
            // Some were still on their way to the socket.
            unlogged = logged_since;
        }
        let last = Position { broadcast, direct: directs.count };
        log.park(
            pid,
            Parked { room, data, memberships, left, directs, start, last, unlogged },
            Instant::now(),
        );
    }

    /// The client is gone for good.
    pub(crate) fn end(self, log: &Log) {
        log.end(&self.pid, &self.memberships);
    }
}
