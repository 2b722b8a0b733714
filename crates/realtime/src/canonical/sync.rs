//! Catching up, on the wire.

use chat::sync::{News, Replayed, SyncedConversation};

use super::{conversations, messages};

/// One conversation that is not as the client has it.
#[must_use]
pub fn synced(synced: &SyncedConversation) -> protocol::SyncedConversation {
    let conversation = &synced.conversation;
    let whole = || Some(conversations::conversation(conversation));
    let (whole, changes, reset) = match &synced.news {
        News::Unknown => (whole(), None, false),
        News::Changes(changes) => (None, Some(changes.iter().map(replayed).collect()), false),
        News::Reset => (whole(), None, true),
    };
    protocol::SyncedConversation {
        id: conversation.id.to_string(),
        head: conversations::head(conversation),
        read_seq: conversation.read_seq,
        unread: conversation.unread,
        conversation: whole,
        changes,
        reset,
    }
}

fn replayed(change: &Replayed) -> protocol::Replayed {
    match change {
        Replayed::MessageNew(message) => protocol::Replayed::MessageNew(messages::message(message)),
    }
}
