//! What a client missed, out of the rings of its rooms.

use super::{
    Offset, Position,
    log::{Entry, Log, Ring},
    sessions::Parked,
    tracker::History,
};
use crate::Frame;
use std::{collections::BTreeMap, sync::Arc};

/// What is to be sent again, in order.
type Missed<'a> = BTreeMap<Position, &'a Frame>;

impl Log {
    /// What the client has missed up to broadcast `until`, which its new shard has dealt with. `None` if it is not all
    /// there any more, or more than is ever sent again.
    pub(crate) fn replay(&self, parked: &Parked, offset: &Offset, until: u64) -> Option<Vec<Frame>> {
        let history = &parked.history;
        let seen = match offset {
            Offset::Start => history.start,
            // The client keeps an offset over sessions: one of an earlier session says nothing of this one.
            Offset::At(position) => (*position).max(history.start),
            Offset::Unknown => return None,
        };
        if seen > parked.last || seen.broadcast < history.unlogged || !history.directs.is_whole_after(seen) {
            return None;
        }
        let state = self.state();
        let mut missed = Missed::new();
        for direct in history.directs.entries.iter().filter(|direct| direct.position > seen) {
            missed.insert(direct.position, &direct.frame);
        }
        let mut collect = |ring, since: u64, logged_since| {
            let missing = Missing { after: since.max(seen.broadcast), until, logged_since };
            collect(ring, &missing, history, &mut missed)?;
            // Not one room more under the lock than is needed to know.
            (missed.len() <= self.bounds.events).then_some(())
        };
        collect(&state.rings.everyone, history.start.broadcast, 0)?;
        for membership in &history.memberships {
            let ring = state.rings.get(&membership.room)?;
            collect(ring, membership.since, membership.logged_since)?;
        }
        let bytes: usize = missed.values().map(|frame| frame.bytes().len()).sum();
        if missed.len() > self.bounds.events || bytes > self.bounds.bytes {
            return None;
        }
        Some(missed.into_values().cloned().collect())
    }
}

/// A stretch of the log.
struct Missing {
    after: u64,
    until: u64,
    /// What was before this was noted with the socket, if it was sent any of it.
    logged_since: u64,
}

/// Adds what a ring has of a stretch; `None` if something is gone.
fn collect<'a>(ring: &'a Ring, missing: &Missing, history: &History, missed: &mut Missed<'a>) -> Option<()> {
    if !ring.is_whole_after(missing.after.max(missing.logged_since)) {
        return None;
    }
    let first = ring.entries.partition_point(|entry| entry.position <= missing.after);
    for entry in ring.entries.range(first..).take_while(|entry| entry.position <= missing.until) {
        if !is_excepted(entry, history) {
            missed.insert(Position::of_broadcast(entry.position), &entry.frame);
        }
    }
    Some(())
}

fn is_excepted(entry: &Arc<Entry>, history: &History) -> bool {
    entry.except.iter().any(|room| history.was_in(room, entry.position))
}
