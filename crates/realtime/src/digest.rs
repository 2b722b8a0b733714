use std::collections::{BTreeSet, HashMap};

use chat::{ConversationKey, Timestamp, UserKey};

use crate::{Audience, Event, Publication, StreamHead};

/// How many streams are remembered. Beyond that the one that is due first is told at once.
const STREAMS_KEPT: usize = 65_536;

/// A numbered stream of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stream {
    /// A conversation's.
    Conversation(ConversationKey),
    /// A user's own.
    User(UserKey),
}

/// Tells how far streams have come when they have been quiet for an interval, so that a client whose connection lives
/// but which lost the last event notices. An event that was lost before another one shows by that one's `prev_rev`,
/// so a stream that goes on is not told. Pure: the caller brings the time.
///
/// What is told comes from what was committed here: nothing is read for it.
pub struct Digests {
    /// 0: nothing is told.
    interval_ms: i64,
    noted: HashMap<Stream, Noted>,
    /// Each noted stream once, at or before the time when it is to be told.
    queue: BTreeSet<(Timestamp, Stream)>,
}

struct Noted {
    changed_at: Timestamp,
    audience: Audience,
    head: StreamHead,
}

impl Digests {
    /// Digests of streams that were quiet for `interval_ms` and up to half of that more; 0 for none.
    #[must_use]
    pub fn new(interval_ms: u64) -> Self {
        let interval_ms = i64::try_from(interval_ms).unwrap_or(i64::MAX / 4);
        Self { interval_ms, noted: HashMap::new(), queue: BTreeSet::new() }
    }

    /// A stream has come this far, and these follow it.
    pub fn note(&mut self, stream: Stream, audience: Audience, head: StreamHead, now: Timestamp) {
        if self.interval_ms == 0 {
            return;
        }
        let noted = Noted { changed_at: now, audience, head };
        match self.noted.get_mut(&stream) {
            Some(known) if known.head.number() > noted.head.number() => {}
            // Its place in the queue is looked at when it is reached: most streams change again before.
            Some(known) => *known = Noted { head: noted.head.with_seq_of(&known.head), ..noted },
            None => {
                self.noted.insert(stream, noted);
                self.queue.insert((self.due_at(stream, now), stream));
            }
        }
    }

    /// What is to be told now.
    pub fn due(&mut self, now: Timestamp) -> Vec<Publication> {
        let mut due = Vec::new();
        while let Some(&(at, stream)) = self.queue.first() {
            let is_crowded = self.noted.len() > STREAMS_KEPT;
            if at > now && !is_crowded {
                break;
            }
            self.queue.pop_first();
            let changed_at = self.noted.get(&stream).map_or(now, |noted| noted.changed_at);
            let due_at = self.due_at(stream, changed_at);
            if due_at > now && !is_crowded {
                self.queue.insert((due_at, stream));
            } else if let Some(Noted { audience, head, .. }) = self.noted.remove(&stream) {
                due.push(Publication { audience, event: Event::HeadsDigest(head) });
            }
        }
        due
    }

    /// Is there anything to be told some time?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.noted.is_empty()
    }

    /// Streams that changed together are not told together.
    fn due_at(&self, stream: Stream, changed_at: Timestamp) -> Timestamp {
        let (Stream::Conversation(ConversationKey(key)) | Stream::User(UserKey(key))) = stream;
        // Neighbouring keys end up far from each other (Fibonacci hashing).
        let spread = (key.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33).cast_signed();
        Timestamp(
            changed_at.0.saturating_add(self.interval_ms).saturating_add(spread % (self.interval_ms / 2 + 1)),
        )
    }
}

#[cfg(test)]
mod tests {
    use chat::{ConversationId, UserId};
    use uuid::Uuid;

    use super::*;

    const INTERVAL_MS: u64 = 1_000;
    const LONGEST_MS: i64 = 1_500;

    fn conversation(key: i64) -> Stream {
        Stream::Conversation(ConversationKey(key))
    }

    fn note(digests: &mut Digests, stream: Stream, rev: i64, now: i64) {
        let head = StreamHead::Conversation { id: ConversationId(Uuid::nil()), seq: rev, rev };
        digests.note(stream, Audience::User(UserId::from_stored("ada")), head, Timestamp(now));
    }

    fn due(digests: &mut Digests, now: i64) -> Vec<i64> {
        let told = digests.due(Timestamp(now)).into_iter();
        told.map(|publication| match publication.event {
            Event::HeadsDigest(head) => head.number(),
            other => panic!("{other:?}"),
        })
        .collect()
    }

    #[test]
    fn a_stream_is_told_once_when_it_was_quiet_for_the_interval() {
        let mut digests = Digests::new(INTERVAL_MS);
        note(&mut digests, conversation(1), 7, 0);
        assert_eq!(due(&mut digests, 999), [0; 0]);
        assert_eq!(due(&mut digests, LONGEST_MS), [7]);
        assert!(!digests.is_waiting());
        assert_eq!(due(&mut digests, 1_000_000), [0; 0]);
    }

    #[test]
    fn a_stream_that_goes_on_is_told_when_it_rests() {
        let mut digests = Digests::new(INTERVAL_MS);
        for rev in 1..=10 {
            note(&mut digests, conversation(1), rev, rev * 900);
            assert_eq!(due(&mut digests, rev * 900 + 899), [0; 0]);
        }
        // What was published late, or twice, is not how far it has come.
        note(&mut digests, conversation(1), 4, 9_001);
        assert_eq!(due(&mut digests, 9_000 + LONGEST_MS), [10]);
    }

    #[test]
    fn streams_that_changed_together_are_spread() {
        let mut digests = Digests::new(INTERVAL_MS);
        for key in 1..=1_000 {
            note(&mut digests, conversation(key), key, 0);
        }
        let mut told = Vec::new();
        for now in (1_000..=LONGEST_MS).step_by(50) {
            let now_due = due(&mut digests, now).len();
            assert!(now_due <= 150, "{now_due} at {now}");
            told.push(now_due);
        }
        assert_eq!(told.iter().sum::<usize>(), 1_000);
    }

    #[test]
    fn without_an_interval_nothing_is_told() {
        let mut digests = Digests::new(0);
        note(&mut digests, conversation(1), 1, 0);
        assert!(!digests.is_waiting());
        assert_eq!(due(&mut digests, i64::MAX), [0; 0]);
    }

    #[test]
    fn beyond_what_is_remembered_the_first_are_told_early() {
        let mut digests = Digests::new(INTERVAL_MS);
        let kept = STREAMS_KEPT as i64;
        (1..=kept).for_each(|key| note(&mut digests, conversation(key), key, 0));
        assert_eq!(due(&mut digests, 0).len(), 0);
        (1..=3).for_each(|key| note(&mut digests, Stream::User(UserKey(key)), 1, 0));
        assert_eq!(due(&mut digests, 0).len(), 3);
        assert_eq!(due(&mut digests, 0).len(), 0);
    }
}
