//! The order of a namespace's broadcasts, and those that somebody could still have missed.

use super::{Epoch, Position, removals::Removals, sessions::Sessions};
use crate::{
    Broadcast, Frame, Limits, Room,
    room::Prehashed,
    sync::{Mutex, MutexGuard},
};
use std::{
    collections::{HashMap, VecDeque},
    hash::BuildHasherDefault,
    sync::{Arc, PoisonError, Weak, atomic::AtomicUsize},
    time::Duration,
};
use tokio::time::Instant;

/// Places of broadcasts that are gone, kept before they are looked for.
const KEPT_TRAIL: usize = 64;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) window: Duration,
    /// For one socket.
    pub(crate) events: usize,
    /// For one socket.
    pub(crate) bytes: usize,
    /// For all of a namespace.
    pub(crate) total_bytes: usize,
    /// Sessions of a namespace whose clients are away.
    pub(crate) sessions: usize,
    /// Those of one user.
    pub(crate) sessions_per_user: usize,
}

impl From<&Limits> for Bounds {
    fn from(limits: &Limits) -> Self {
        Self {
            window: Duration::from_millis(limits.recovery_window_ms),
            events: limits.recovery_window_events,
            bytes: limits.recovery_window_bytes,
            total_bytes: limits.recovery_total_bytes,
            sessions: limits.recovery_sessions,
            sessions_per_user: limits.connections_per_user,
        }
    }
}

/// One namespace's.
pub(crate) struct Log {
    epoch: Epoch,
    pub(super) bounds: Bounds,
    /// What sockets were sent alone and is kept with them; bounded by `total_bytes` beside what is kept here.
    pub(super) direct_bytes: Arc<AtomicUsize>,
    state: Mutex<State>,
}

/// What the lock guards.
pub(super) struct State {
    /// The last position that was assigned.
    pub(super) head: u64,
    pub(super) rings: Rings,
    pub(super) sessions: Sessions,
    pub(super) removals: Removals,
}

/// A broadcast's place, and the frame for those who recover; without one if nobody did when it was sent.
#[derive(Clone)]
pub(crate) struct Stamp {
    pub(crate) position: u64,
    pub(crate) frame: Option<Frame>,
}

impl Log {
    pub(crate) fn new(epoch: Epoch, bounds: Bounds) -> Self {
        let (rings, sessions, removals) = (Rings::default(), Sessions::default(), Removals::default());
        let state = State { head: 0, rings, sessions, removals };
        Self { epoch, bounds, direct_bytes: Arc::default(), state: Mutex::new(state) }
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a broadcast its place. `hand_out` must put it into the queue of every shard before it returns: it runs
    /// under the lock, so that all queues have one order.
    pub(crate) fn publish(&self, broadcast: &Broadcast, now: Instant, hand_out: impl FnOnce(Stamp)) {
        let mut state = self.state();
        let stamp = self.assign(&mut state, broadcast, now);
        hand_out(stamp);
    }

    /// Gives broadcasts their places, one after the other, under one lock; otherwise as [`Log::publish`].
    pub(crate) fn publish_all(
        &self,
        broadcasts: Vec<Broadcast>,
        now: Instant,
        hand_out: impl FnOnce(Vec<(Broadcast, Option<Stamp>)>),
    ) {
        let mut state = self.state();
        let stamped = broadcasts.into_iter().map(|broadcast| {
            let stamp = self.assign(&mut state, &broadcast, now);
            (broadcast, Some(stamp))
        });
        let stamped = stamped.collect();
        hand_out(stamped);
    }

    fn assign(&self, state: &mut State, broadcast: &Broadcast, now: Instant) -> Stamp {
        state.head += 1;
        let position = state.head;
        let frame = if state.sessions.is_empty() {
            None
        } else {
            broadcast.frame.with_offset(&self.epoch.write(Position::of_broadcast(position)))
        };
        if let Some(frame) = frame.clone().filter(|_| !broadcast.volatile) {
            let Broadcast { rooms, except, .. } = broadcast;
            let entry = Entry { position, at: now, rooms: rooms.clone(), except: except.clone(), frame };
            state.rings.append(entry, &self.bounds);
        }
        Stamp { position, frame }
    }

    /// The event as a socket gets it that recovers.
    pub(crate) fn stamped(&self, frame: &Frame, position: Position) -> Option<Frame> {
        frame.with_offset(&self.epoch.write(position))
    }

    /// Keeps broadcasts to this room after the one whose position it returns. Ends with [`Log::unfollow`].
    pub(crate) fn follow(&self, room: &Room) -> u64 {
        let mut state = self.state();
        let head = state.head;
        state.rings.follow(room, head);
        head
    }

    pub(crate) fn unfollow(&self, room: &Room) {
        self.state().rings.unfollow(room);
    }

    /// Forgets what is too old. Called now and then, since nothing else may happen.
    pub(crate) fn sweep(&self, now: Instant) {
        self.state().rings.trim(now, &self.bounds);
        self.expire(now);
    }

    /// Broadcasts held, and their bytes.
    #[cfg(test)]
    pub(super) fn held(&self) -> (usize, usize) {
        let state = self.state();
        (state.rings.held.entries, state.rings.held.bytes)
    }
}

/// A broadcast that is kept.
pub(super) struct Entry {
    pub(super) position: u64,
    at: Instant,
    pub(super) rooms: Arc<[Room]>,
    pub(super) except: Arc<[Room]>,
    pub(super) frame: Frame,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.frame.bytes().len()
    }
}

/// What is kept, by room, of those rooms that a recovering client is in.
#[derive(Default)]
pub(super) struct Rings {
    rooms: HashMap<Room, Ring, BuildHasherDefault<Prehashed>>,
    /// Broadcasts to the whole namespace.
    pub(super) everyone: Ring,
    /// All of them, the oldest first. The rings hold them: what fell out of its last ring is gone.
    trail: VecDeque<Weak<Entry>>,
    held: Held,
}

/// What all rings hold together, each broadcast once.
#[derive(Default, Clone, Copy)]
struct Held {
    entries: usize,
    bytes: usize,
}

impl Held {
    fn release(&mut self, entry: Arc<Entry>) {
        if let Some(last) = Arc::into_inner(entry) {
            self.entries -= 1;
            self.bytes -= last.bytes();
        }
    }
}

#[derive(Default)]
pub(super) struct Ring {
    followers: usize,
    /// Everything after this position is here.
    since: u64,
    pub(super) entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl Ring {
    /// Whether nothing is missing after a position.
    pub(super) fn is_whole_after(&self, position: u64) -> bool {
        self.since <= position
    }

    fn push(&mut self, entry: &Arc<Entry>, bounds: &Bounds, held: &mut Held) {
        self.bytes += entry.bytes();
        self.entries.push_back(entry.clone());
        while self.entries.len() > bounds.events || self.bytes > bounds.bytes {
            self.drop_first(held);
        }
    }

    fn drop_first(&mut self, held: &mut Held) {
        if let Some(first) = self.entries.pop_front() {
            self.bytes -= first.bytes();
            self.since = first.position;
            held.release(first);
        }
    }

    fn drop_up_to(&mut self, position: u64, held: &mut Held) {
        while self.entries.front().is_some_and(|first| first.position <= position) {
            self.drop_first(held);
        }
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
    }
}

impl Rings {
    pub(super) fn get(&self, room: &Room) -> Option<&Ring> {
        self.rooms.get(room)
    }

    fn follow(&mut self, room: &Room, head: u64) {
        let ring = self.rooms.entry(room.clone()).or_insert_with(|| Ring { since: head, ..Ring::default() });
        ring.followers += 1;
    }

    pub(super) fn unfollow(&mut self, room: &Room) {
        let Some(ring) = self.rooms.get_mut(room) else { return };
        ring.followers -= 1;
        if ring.followers == 0 {
            ring.drop_up_to(u64::MAX, &mut self.held);
            self.rooms.remove(room);
        }
    }

    fn append(&mut self, entry: Entry, bounds: &Bounds) {
        let (now, entry) = (entry.at, Arc::new(entry));
        self.held.entries += 1;
        self.held.bytes += entry.bytes();
        if entry.rooms.is_empty() {
            self.everyone.push(&entry, bounds, &mut self.held);
        }
        for room in entry.rooms.iter() {
            if let Some(ring) = self.rooms.get_mut(room) {
                ring.push(&entry, bounds, &mut self.held);
            }
        }
        if Arc::strong_count(&entry) > 1 {
            self.trail.push_back(Arc::downgrade(&entry));
        }
        self.held.release(entry);
        self.trim(now, bounds);
    }

    fn trim(&mut self, now: Instant, bounds: &Bounds) {
        while let Some(first) = self.trail.front() {
            if let Some(first) = first.upgrade() {
                if self.held.bytes <= bounds.total_bytes && now < first.at + bounds.window {
                    self.held.release(first);
                    break;
                }
                self.forget(first);
            }
            self.trail.pop_front();
        }
        if self.trail.len() > 2 * self.held.entries + KEPT_TRAIL {
            // One old broadcast to a quiet room must not keep the places of many to a busy one.
            self.trail.retain(|entry| entry.strong_count() > 0);
            self.trail.shrink_to_fit();
        }
    }

    fn forget(&mut self, entry: Arc<Entry>) {
        if entry.rooms.is_empty() {
            self.everyone.drop_up_to(entry.position, &mut self.held);
        }
        for room in entry.rooms.iter() {
            if let Some(ring) = self.rooms.get_mut(room) {
                ring.drop_up_to(entry.position, &mut self.held);
            }
        }
        self.held.release(entry);
    }
}
