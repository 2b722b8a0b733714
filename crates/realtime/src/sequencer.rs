use std::{collections::BTreeMap, num::NonZeroUsize};

use chat::{ConversationKey, Timestamp};
use lru::LruCache;

/// How long a change waits for the ones before it, before they are read from the database.
const GAP_HELD_MS: i64 = 50;

/// How many conversations' positions are remembered.
const POSITIONS_KEPT: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// Changes of conversations, put in the order of their `rev`. Pure: the caller brings the time and reads what is
/// missing.
///
/// A node learns of a conversation's changes from its own commits and from other nodes, each in order, but the two
/// may cross. A change that comes early is held; if the ones before it do not come within [`GAP_HELD_MS`], the
/// caller is told to read them ([`Sequencer::overdue`]). A change that was published before is dropped.
pub struct Sequencer<T> {
    /// The last published `rev` of each conversation.
    positions: LruCache<ConversationKey, i64>,
    /// In the order of keys, so that every run is like the other.
    held: BTreeMap<ConversationKey, Held<T>>,
}

struct Held<T> {
    since: Timestamp,
    changes: BTreeMap<i64, T>,
}

/// Changes that did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub conversation: ConversationKey,
    /// The last `rev` that was published.
    pub after_rev: i64,
    /// The first `rev` that is held.
    pub before_rev: i64,
}

impl<T> Default for Sequencer<T> {
    fn default() -> Self {
        Self { positions: LruCache::new(POSITIONS_KEPT), held: BTreeMap::new() }
    }
}

impl<T> Sequencer<T> {
    /// Takes a change; passes on what can be published now, in order.
    ///
    /// The first change of a conversation that this node hears of is taken as it comes: clients learn of earlier
    /// ones by `prev_rev`.
    pub fn offer(
        &mut self,
        conversation: ConversationKey,
        rev: i64,
        change: T,
        now: Timestamp,
        mut publish: impl FnMut(T),
    ) {
        let published = *self.positions.get_or_insert(conversation, || rev - 1);
        if rev <= published {
            return;
        }
        if rev > published + 1 {
            let held = self
                .held
                .entry(conversation)
                .or_insert_with(|| Held { since: now, changes: BTreeMap::new() });
            held.changes.insert(rev, change);
            return;
        }
        publish(change);
        let mut published = rev;
        if let Some(held) = self.held.get_mut(&conversation) {
            held.changes.retain(|&rev, _| rev > published);
            while let Some(change) = held.changes.remove(&(published + 1)) {
                published += 1;
                publish(change);
            }
            held.since = now;
            if held.changes.is_empty() {
                self.held.remove(&conversation);
            }
        }
        self.positions.put(conversation, published);
    }

    /// Gaps that have been waited for long enough. Read them from the database and offer what is found; then
    /// [`skip`](Self::skip) what was not.
    #[must_use]
    pub fn overdue(&mut self, now: Timestamp) -> Vec<Gap> {
        let overdue = self.held.iter().filter(|(_, held)| now.0 - held.since.0 >= GAP_HELD_MS);
        overdue
            .filter_map(|(&conversation, held)| {
                let (&before_rev, _) = held.changes.first_key_value()?;
                let after_rev = self.positions.peek(&conversation).copied().unwrap_or(before_rev - 1);
                Some(Gap { conversation, after_rev, before_rev })
            })
            .collect()
    }

    /// Publishes what is held behind a gap although the gap could not be filled: clients see it by `prev_rev`.
    pub fn skip(&mut self, gap: Gap, now: Timestamp, publish: impl FnMut(T)) {
        let Some(held) = self.held.get_mut(&gap.conversation) else { return };
        let Some((rev, change)) = held.changes.pop_first() else { return };
        self.positions.put(gap.conversation, rev - 1);
        self.offer(gap.conversation, rev, change, now, publish);
    }

    /// A conversation was read and had come this far: what is committed from now on, here or elsewhere, is to be
    /// published. Changes nothing for a conversation that was heard of before.
    pub fn begin(&mut self, conversation: ConversationKey, last_rev: i64) {
        self.positions.get_or_insert(conversation, || last_rev);
    }

    /// The last published `rev` of a conversation that was heard of.
    #[must_use]
    pub fn position(&self, conversation: ConversationKey) -> Option<i64> {
        self.positions.peek(&conversation).copied()
    }

    /// Is this change one that came after the last published one? Not for a conversation that was not heard of yet.
    #[must_use]
    pub fn is_behind(&self, conversation: ConversationKey, rev: i64) -> bool {
        self.position(conversation).is_some_and(|published| published < rev)
    }

    /// The first change that is held behind a gap.
    #[must_use]
    pub fn held(&self, gap: Gap) -> Option<&T> {
        self.held.get(&gap.conversation)?.changes.values().next()
    }

    /// Is anything held?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GARDEN: ConversationKey = ConversationKey(1);
    const NOTHING: [i64; 0] = [];

    fn offer(sequencer: &mut Sequencer<i64>, rev: i64, now: i64) -> Vec<i64> {
        let mut out = Vec::new();
        sequencer.offer(GARDEN, rev, rev, Timestamp(now), |change| out.push(change));
        out
    }

    #[test]
    fn changes_come_out_in_order_whatever_order_they_came_in() {
        let mut sequencer = Sequencer::default();
        assert_eq!(offer(&mut sequencer, 7, 0), [7]);
        assert_eq!(offer(&mut sequencer, 9, 0), NOTHING);
        assert_eq!(offer(&mut sequencer, 10, 0), NOTHING);
        assert_eq!(offer(&mut sequencer, 8, 0), [8, 9, 10]);
        assert!(!sequencer.is_waiting());
    }

    #[test]
    fn a_change_is_published_once() {
        let mut sequencer = Sequencer::default();
        assert_eq!(offer(&mut sequencer, 1, 0), [1]);
        assert_eq!(offer(&mut sequencer, 1, 0), NOTHING);
        assert_eq!(offer(&mut sequencer, 3, 0), NOTHING);
        assert_eq!(offer(&mut sequencer, 3, 0), NOTHING);
        assert_eq!(offer(&mut sequencer, 2, 0), [2, 3]);
    }

    #[test]
    fn what_was_committed_unseen_after_the_beginning_is_missed() {
        let mut sequencer = Sequencer::default();
        assert!(!sequencer.is_behind(GARDEN, 4));
        sequencer.begin(GARDEN, 3);
        assert!(sequencer.is_behind(GARDEN, 4));
        assert_eq!(offer(&mut sequencer, 5, 0), NOTHING);
        sequencer.begin(GARDEN, 5);
        assert_eq!(offer(&mut sequencer, 4, 0), [4, 5]);
        assert!(!sequencer.is_behind(GARDEN, 5));
    }

    #[test]
    fn a_gap_is_held_for_50_ms_and_then_to_be_read() {
        let mut sequencer = Sequencer::default();
        let _ = offer(&mut sequencer, 1, 0);
        let _ = offer(&mut sequencer, 4, 100);
        assert!(sequencer.overdue(Timestamp(149)).is_empty());
        let gap = Gap { conversation: GARDEN, after_rev: 1, before_rev: 4 };
        assert_eq!(sequencer.overdue(Timestamp(150)), [gap]);
        assert_eq!(offer(&mut sequencer, 2, 150), [2]);
        assert_eq!(offer(&mut sequencer, 3, 150), [3, 4]);
        assert!(sequencer.overdue(Timestamp(1000)).is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_skipped() {
        let mut sequencer = Sequencer::default();
        let _ = offer(&mut sequencer, 1, 0);
        let _ = offer(&mut sequencer, 4, 0);
        let _ = offer(&mut sequencer, 5, 0);
        let gap = sequencer.overdue(Timestamp(50))[0];
        let mut out = Vec::new();
        sequencer.skip(gap, Timestamp(50), |change| out.push(change));
        assert_eq!(out, [4, 5]);
        assert_eq!(offer(&mut sequencer, 3, 51), NOTHING);
    }
}
