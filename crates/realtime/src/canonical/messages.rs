//! Messages on the wire.

use chat::{hidden::Hidden, mentions::Mentions, messages, notes::Note, receipts::ReadMark};
use protocol::Time;

use super::participants;

/// A message.
#[must_use]
pub fn message(message: &messages::Message) -> protocol::Message {
    let note = match message.kind {
        messages::Kind::System => message.body.as_deref().and_then(Note::from_text),
        messages::Kind::Text => None,
    };
    protocol::Message {
        id: message.id.to_string(),
        conversation_id: message.conversation_id.to_string(),
        seq: message.seq,
        prev_rev: message.rev - 1,
        rev: message.rev,
        sender_id: message.sender_id.to_string(),
        kind: match message.kind {
            messages::Kind::Text => protocol::MessageKind::Text,
            messages::Kind::System => protocol::MessageKind::System,
        },
        body: if note.is_some() { None } else { message.body.clone() },
        note: note.as_ref().map(participants::note),
        created_at: Time(message.created_at.0),
        edited_at: message.edited_at.map(|at| Time(at.0)),
        deleted_at: message.deleted_at.map(|at| Time(at.0)),
        reply_to: message.reply_to.as_ref().map(quote),
        reactions: message.reactions.iter().map(reaction).collect(),
        mentions: mentions(&message.extras.mentions),
    }
}

fn mentions(mentions: &Mentions) -> Option<protocol::Mentions> {
    let user_ids = mentions.users.iter().map(ToString::to_string).collect();
    (!mentions.is_empty()).then_some(protocol::Mentions { user_ids, all: mentions.all })
}

fn reaction(reaction: &messages::Reaction) -> protocol::Reaction {
    protocol::Reaction { emoji: reaction.emoji.clone(), count: reaction.count, mine: reaction.mine }
}

/// The event that tells all alike of a reaction: who is among those who reacted is each one's own to know.
#[must_use]
pub fn reaction_changed(
    message: &messages::Message,
    by: Option<&(chat::UserId, Vec<String>)>,
) -> protocol::ReactionChanged {
    let message = message.clone().for_everybody();
    protocol::ReactionChanged {
        conversation_id: message.conversation_id.to_string(),
        id: message.id.to_string(),
        seq: message.seq,
        prev_rev: message.rev - 1,
        rev: message.rev,
        user_id: by.map(|(user, _)| user.to_string()),
        emojis: by.map(|(_, emojis)| emojis.clone()).unwrap_or_default(),
        reactions: message.reactions.iter().map(reaction).collect(),
    }
}

/// The event that tells a user's devices of a message that he hid from himself.
#[must_use]
pub fn message_hidden(
    hidden: &Hidden,
    mark: &ReadMark,
    last_message: Option<&messages::Message>,
    user_rev: i64,
) -> protocol::MessageHidden {
    protocol::MessageHidden {
        conversation_id: hidden.conversation_id.to_string(),
        id: hidden.id.to_string(),
        seq: hidden.seq,
        last_message: last_message.map(message),
        read_seq: mark.read_seq,
        head_seq: mark.head_seq,
        head_rev: mark.head_rev,
        unread: mark.unread,
        mentions: mark.mentions,
        total: mark.total,
        prev_user_rev: user_rev - 1,
        user_rev,
    }
}

fn quote(quote: &messages::Quote) -> protocol::Quote {
    protocol::Quote {
        id: quote.id.to_string(),
        seq: quote.seq,
        sender_id: quote.sender_id.to_string(),
        body: quote.body.clone(),
    }
}

/// A text that a message had before.
#[must_use]
pub fn version(version: &messages::MessageVersion) -> protocol::MessageVersion {
    protocol::MessageVersion { body: version.body.clone(), written_at: Time(version.written_at.0) }
}
