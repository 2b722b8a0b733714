//! A client's copy of the server's state, by the rules of docs/protocol.md.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    Conversation, ConversationNew, ConversationRemoved, Message, MessageKind, Replayed, StreamHead, Sync,
    Synced, SyncedConversation, UnreadChanged,
};
use serde_json::Value;

use super::cursor::{Cursor, Fit};

/// Everything that a client holds.
#[derive(Default)]
pub(super) struct Mirror {
    user: Cursor,
    epoch: Option<String>,
    pub(super) conversations: BTreeMap<String, Held>,
    /// It was told of what is not held.
    pub(super) knows_too_little: bool,
}

/// One conversation.
#[derive(Default)]
pub(super) struct Held {
    cursor: Cursor,
    pub(super) read_seq: i64,
    /// The server counted up to here; later messages are counted one by one.
    head_seq: i64,
    counted: i64,
    later: BTreeSet<i64>,
    /// By `seq`.
    pub(super) messages: BTreeMap<i64, Message>,
    /// Its history is to be read.
    pub(super) is_stale: bool,
}

impl Held {
    fn recount(&mut self, read_seq: i64, head_seq: i64, counted: i64) {
        (self.read_seq, self.head_seq, self.counted) = (read_seq, head_seq, counted);
        self.later.retain(|seq| *seq > head_seq.max(read_seq));
    }

    pub(super) fn unread(&self) -> i64 {
        self.counted + self.later.len() as i64
    }

    pub(super) fn rev(&self) -> i64 {
        self.cursor.rev()
    }

    fn apply(&mut self, message: &Message, me: &str) {
        if message.sender_id != me
            && message.kind == MessageKind::Text
            && message.seq > self.head_seq.max(self.read_seq)
        {
            self.later.insert(message.seq);
        }
        self.messages.insert(message.seq, message.clone());
    }
}

impl Mirror {
    /// Where it stands, as `sync` wants to know it.
    pub(super) fn position(&self) -> Sync {
        if self.epoch.is_none() {
            return Sync::default();
        }
        let heads = self.conversations.iter().map(|(id, held)| (id.clone(), held.cursor.rev())).collect();
        Sync {
            user_rev: Some(self.user.rev()),
            epoch: self.epoch.clone(),
            heads: Some(heads),
            ..Sync::default()
        }
    }

    /// It was synced, and nothing is missing since.
    pub(super) fn is_whole(&self) -> bool {
        let is_whole = |held: &Held| !held.is_stale && !held.cursor.has_gap();
        self.epoch.is_some()
            && !self.knows_too_little
            && !self.user.has_gap()
            && self.conversations.values().all(is_whole)
    }

    pub(super) fn message(&mut self, message: &Message, me: &str) -> Fit {
        let Some(held) = self.conversations.get_mut(&message.conversation_id) else {
            self.knows_too_little = true;
            return Fit::Gap;
        };
        held.apply(message, me);
        held.cursor.observe(message.prev_rev, message.rev)
    }

    /// Somebody joined, left, or has another role. Who is in it is not held; the number is.
    pub(super) fn member(&mut self, event: &Value) {
        let numbers = (event["prev_rev"].as_i64(), event["rev"].as_i64());
        let held = event["conversation_id"].as_str().and_then(|id| self.conversations.get_mut(id));
        match (held, numbers) {
            (Some(held), (Some(prev_rev), Some(rev))) => drop(held.cursor.observe(prev_rev, rev)),
            _ => self.knows_too_little = true,
        }
    }

    pub(super) fn lost(&mut self, event: &ConversationRemoved) {
        if self.user.observe(event.prev_user_rev, event.user_rev) != Fit::Repeated {
            self.conversations.remove(&event.conversation_id);
        }
    }

    pub(super) fn gained(&mut self, event: &ConversationNew) {
        if self.user.observe(event.prev_user_rev, event.user_rev) != Fit::Repeated {
            self.put(&event.conversation);
        }
    }

    pub(super) fn read(&mut self, event: &UnreadChanged) {
        let seen = self.user.observe(event.prev_user_rev, event.user_rev);
        if let Some(held) = self.conversations.get_mut(&event.conversation_id)
            && seen != Fit::Repeated
        {
            held.recount(event.read_seq, event.head_seq, event.unread);
        }
    }

    pub(super) fn compare(&mut self, heads: &[StreamHead]) {
        let is_behind = |head: &StreamHead| match head {
            StreamHead::Conversation { conversation_id, rev, .. } => {
                self.conversations.get(conversation_id).is_none_or(|held| held.cursor.rev() < *rev)
            }
            StreamHead::User { user_rev } => self.user.rev() < *user_rev,
        };
        self.knows_too_little |= heads.iter().any(is_behind);
    }

    fn put(&mut self, conversation: &Conversation) {
        let head = conversation.head;
        let held = self.conversations.entry(conversation.id.clone()).or_insert_with(|| Held {
            cursor: Cursor::at(head.rev),
            is_stale: head.seq > 0,
            ..Held::default()
        });
        held.recount(conversation.read_seq, head.seq, conversation.unread);
    }

    /// One page of a sync.
    pub(super) fn absorb(&mut self, synced: &SyncedConversation, me: &str) {
        let is_new = !self.conversations.contains_key(&synced.id);
        if let Some(conversation) = &synced.conversation {
            self.put(conversation);
        }
        let Some(held) = self.conversations.get_mut(&synced.id) else { return };
        if synced.reset && !is_new {
            held.messages.clear();
            held.is_stale = true;
            held.cursor.advance_to(synced.head.rev);
        }
        for change in synced.changes.iter().flatten() {
            let (prev_rev, rev) = match change {
                Replayed::MessageNew(message)
                | Replayed::MessageUpdated(message)
                | Replayed::MessageDeleted(message) => {
                    held.apply(message, me);
                    (message.prev_rev, message.rev)
                }
                Replayed::ParticipantJoined(joined) => (joined.prev_rev, joined.rev),
                Replayed::ParticipantLeft(left) => (left.prev_rev, left.rev),
                Replayed::ParticipantUpdated(updated) => (updated.prev_rev, updated.rev),
                Replayed::ConversationUpdated(updated) => (updated.prev_rev, updated.rev),
                Replayed::ChangeHidden(hidden) => (hidden.prev_rev, hidden.rev),
            };
            held.cursor.observe(prev_rev, rev);
        }
        held.recount(synced.read_seq, synced.head.seq, synced.unread);
    }

    /// The last page is in: the user's stream is followed from where the first one said.
    pub(super) fn finish(&mut self, first: &Synced) {
        self.epoch = Some(first.epoch.clone());
        self.user.advance_to(first.user_rev);
        self.knows_too_little = false;
    }

    /// What the user is not in any more.
    pub(super) fn drop_removed(&mut self, page: &Synced) {
        for id in &page.removed {
            self.conversations.remove(id);
        }
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
