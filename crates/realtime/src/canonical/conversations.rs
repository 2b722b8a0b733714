//! Conversations on the wire.

use chat::conversations::{self, Kind};
use protocol::{ConversationKind, Time};

use super::{accounts, details, messages, own_state};

/// A conversation as its asker sees it.
#[must_use]
pub fn conversation(conversation: &conversations::Conversation) -> protocol::Conversation {
    protocol::Conversation {
        id: conversation.id.to_string(),
        kind: match conversation.kind {
            Kind::Direct => ConversationKind::Direct,
            Kind::Group => ConversationKind::Group,
        },
        name: conversation.details.name.clone(),
        description: conversation.details.description.clone(),
        avatar_url: conversation.details.avatar_url.clone(),
        settings: details::settings(&conversation.details.settings),
        created_by: conversation.created_by.to_string(),
        created_at: Time(conversation.created_at.0),
        participants: conversation
            .participants
            .iter()
            .map(|(user, role)| protocol::Participant { user: accounts::user(user), role: self::role(*role) })
            .collect(),
        head: head(conversation),
        last_message: conversation.last_message.as_ref().map(messages::message),
        last_activity_at: Time(conversation.last_activity_at.0),
        unread: conversation.unread,
        mentions: conversation.mentions,
        read_seq: conversation.read_seq,
        hidden: conversation.hidden.clone(),
        state: own_state::state(&conversation.own),
        request: conversation.request.as_ref().map(accounts::user),
    }
}

/// How far a conversation has come.
#[must_use]
pub fn head(conversation: &conversations::Conversation) -> protocol::Head {
    protocol::Head { seq: conversation.last_seq, rev: conversation.last_rev }
}

/// The event that tells a user of a conversation that he gained.
#[must_use]
pub fn conversation_new(gained: &conversations::Conversation, user_rev: i64) -> protocol::ConversationNew {
    protocol::ConversationNew { conversation: conversation(gained), prev_user_rev: user_rev - 1, user_rev }
}

/// What a participant may do.
#[must_use]
pub fn role(role: conversations::Role) -> protocol::Role {
    match role {
        conversations::Role::Owner => protocol::Role::Owner,
        conversations::Role::Admin => protocol::Role::Admin,
        conversations::Role::Moderator => protocol::Role::Moderator,
        conversations::Role::Member => protocol::Role::Member,
    }
}
