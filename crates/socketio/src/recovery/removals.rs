//! Sockets that are taken out of rooms, or out of the namespace, wherever they are: connected, away, or coming back.
//!
//! A removal has a place in the order of broadcasts. Sessions that wait when it is published are changed at once, and
//! connected sockets when it comes to their shard. A socket that is cut off on a shard that has not come to it yet is
//! changed when its session is parked; without that it could come back on a shard that has it behind itself.

use super::{
    log::{Log, Rings, State},
    sessions::Parked,
};
use crate::Room;
use std::{collections::VecDeque, sync::Arc};

/// `of` names rooms as in [`Broadcast::rooms`](crate::Broadcast::rooms).
#[derive(Clone)]
pub(crate) enum Removal {
    /// Those in `of` leave rooms; their own they keep.
    Leave { of: Arc<[Room]>, rooms: Arc<[Room]> },
    /// The sessions of those in `of` are over.
    Disconnect { of: Arc<[Room]> },
}

/// Removals that some shard has not come to, in their order.
#[derive(Default)]
pub(super) struct Removals(VecDeque<Pending>);

struct Pending {
    position: u64,
    removal: Removal,
    shards_left: usize,
}

impl Removals {
    fn note(&mut self, position: u64, removal: Removal, shards_left: usize) {
        self.0.push_back(Pending { position, removal, shards_left });
    }

    fn dealt_with(&mut self, position: u64) {
        if let Some(pending) = self.0.iter_mut().find(|pending| pending.position == position) {
            pending.shards_left -= 1;
        }
        while self.0.front().is_some_and(|first| first.shards_left == 0) {
            self.0.pop_front();
        }
    }

    /// What the shard had not come to when the socket was cut off there. `false` if the session is over.
    pub(super) fn apply(&self, parked: &mut Parked, rings: &mut Rings) -> bool {
        let cut_at = parked.last.broadcast;
        let mut missed = self.0.iter().filter(|pending| pending.position > cut_at);
        missed.all(|pending| pending.removal.apply(pending.position, parked, rings))
    }
}

impl Removal {
    /// `false` if the session is over; it is still in its rooms then.
    fn apply(&self, position: u64, parked: &mut Parked, rings: &mut Rings) -> bool {
        match self {
            Self::Disconnect { of } => !parked.history.is_of(of),
            Self::Leave { of, rooms } => {
                if parked.history.is_of(of) {
                    for room in rooms.iter().filter(|room| **room != parked.room) {
                        if parked.history.leave(room, position) {
                            rings.unfollow(room);
                        }
                    }
                }
                true
            }
        }
    }
}

impl Log {
    /// Takes those who are away out of rooms or ends their sessions, and gives the removal its place for those who
    /// are connected. `hand_out` as in [`Log::publish`]; each of `shards` says when it [has dealt](Log::removed) with
    /// it.
    pub(crate) fn remove(&self, removal: &Removal, shards: usize, hand_out: impl FnOnce(u64)) {
        let mut state = self.state();
        let State { sessions, rings, head, removals } = &mut *state;
        let position = *head + 1;
        let over = sessions.take_parked_if(|parked| !removal.apply(position, parked, rings));
        over.iter().for_each(|session| session.unfollow_all(rings));
        *head = position;
        removals.note(position, removal.clone(), shards);
        hand_out(position);
        drop(state);
        // The application's data goes now, not under the lock.
        drop(over);
    }

    /// A shard has taken its connected sockets out.
    pub(crate) fn removed(&self, position: u64) {
        self.state().removals.dealt_with(position);
    }
}
