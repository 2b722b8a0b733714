//! Catching up, on the wire.

use chat::sync::{News, Replayed, SyncedConversation};

use super::{
    conversations, details, messages, own_state,
    participants::{self, Told},
};
use crate::StreamHead;

/// One conversation that is not as the client has it.
#[must_use]
pub fn synced(synced: &SyncedConversation) -> protocol::SyncedConversation {
    let conversation = &synced.conversation;
    let (changes, reset) = match &synced.news {
        News::Unknown => (None, false),
        News::Changes(changes) => (Some(changes.iter().map(replayed).collect()), false),
        News::Reset => (None, true),
    };
    protocol::SyncedConversation {
        id: conversation.id.to_string(),
        head: conversations::head(conversation),
        read_seq: conversation.read_seq,
        unread: conversation.unread,
        mentions: conversation.mentions,
        state: own_state::state(&conversation.own),
        conversation: synced.is_whole().then(|| conversations::conversation(conversation)),
        hidden: synced.hidden.clone(),
        changes,
        reset,
    }
}

/// How far a stream has come.
#[must_use]
pub fn stream_head(head: &StreamHead) -> protocol::StreamHead {
    match *head {
        StreamHead::Conversation { id, seq, rev } => {
            protocol::StreamHead::Conversation { conversation_id: id.to_string(), seq, rev }
        }
        StreamHead::User { user_rev } => protocol::StreamHead::User { user_rev },
    }
}

fn replayed(change: &Replayed) -> protocol::Replayed {
    match change {
        Replayed::MessageNew(message) => protocol::Replayed::MessageNew(messages::message(message)),
        Replayed::MessageUpdated(message) | Replayed::Reacted(message) => {
            protocol::Replayed::MessageUpdated(messages::message(message))
        }
        Replayed::MessageDeleted(message) => protocol::Replayed::MessageDeleted(messages::message(message)),
        Replayed::Hidden { conversation_id, rev } => {
            protocol::Replayed::ChangeHidden(protocol::ChangeHidden {
                conversation_id: conversation_id.to_string(),
                prev_rev: rev - 1,
                rev: *rev,
            })
        }
        Replayed::Details(changed) => protocol::Replayed::ConversationUpdated(details::updated(changed)),
        Replayed::Participant(changed) => match participants::changed(changed) {
            Told::Joined(joined) => protocol::Replayed::ParticipantJoined(joined),
            Told::Left(left) => protocol::Replayed::ParticipantLeft(left),
            Told::Updated(updated) => protocol::Replayed::ParticipantUpdated(updated),
        },
    }
}
