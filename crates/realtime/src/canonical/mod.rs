//! The vocabulary of `protocol`: from the domain's types to the wire's, one module per feature.

pub mod accounts;
pub mod blocks;
pub mod conversations;
pub mod details;
pub mod messages;
pub mod own_state;
pub mod participants;
pub mod privacy;
pub mod receipts;
pub mod requests;
pub mod sync;

use participants::Told;
use protocol::events;
use serde::Serialize;

use crate::{Encoded, Encoder, Event};

/// Encodes events as `protocol` says them.
pub struct Canonical;

impl Encoder for Canonical {
    fn encode(&self, event: &Event) -> Result<Option<Encoded>, serde_json::Error> {
        let encoded = match event {
            Event::MessageNew(message) => json(events::MESSAGE_NEW, &messages::message(message)),
            Event::MessageUpdated(message) => json(events::MESSAGE_UPDATED, &messages::message(message)),
            Event::MessageDeleted(message) => json(events::MESSAGE_DELETED, &messages::message(message)),
            Event::Participant(changed) => match participants::changed(changed) {
                Told::Joined(joined) => json(events::PARTICIPANT_JOINED, &joined),
                Told::Left(left) => json(events::PARTICIPANT_LEFT, &left),
                Told::Updated(updated) => json(events::PARTICIPANT_UPDATED, &updated),
            },
            Event::ConversationUpdated(changed) => {
                json(events::CONVERSATION_UPDATED, &details::updated(changed))
            }
            Event::ConversationRemoved { conversation_id, user_rev } => {
                json(events::CONVERSATION_REMOVED, &participants::removed(*conversation_id, *user_rev))
            }
            Event::ReactionChanged { message, by } => {
                json(events::REACTION_CHANGED, &messages::reaction_changed(message, by.as_ref()))
            }
            Event::ConversationNew { conversation, user_rev } => {
                json(events::CONVERSATION_NEW, &conversations::conversation_new(conversation, *user_rev))
            }
            Event::UnreadChanged { mark, user_rev } => {
                json(events::UNREAD_CHANGED, &receipts::unread_changed(mark, *user_rev))
            }
            Event::Receipt(receipt) => json(receipts::name(receipt.kind), &receipts::receipt(receipt)),
            Event::MessageHidden { hidden, mark, last_message, user_rev } => json(
                events::MESSAGE_HIDDEN,
                &messages::message_hidden(hidden, mark, last_message.as_ref(), *user_rev),
            ),
            Event::StateChanged { conversation_id, state, user_rev } => {
                json(events::STATE_CHANGED, &own_state::state_changed(*conversation_id, state, *user_rev))
            }
            Event::PrivacyChanged { change, user_rev } => privacy::encode(change, *user_rev),
            Event::HeadsDigest(head) => json(events::HEADS_DIGEST, &[sync::stream_head(head)]),
        };
        encoded.map(Some)
    }
}

fn json(name: &'static str, argument: &impl Serialize) -> Result<Encoded, serde_json::Error> {
    Ok(Encoded { name, json: serde_json::to_string(argument)? })
}

/// The announcement that the node goes away, for all sockets of a namespace.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn draining(namespace: &str, reconnect_in_ms: u64) -> Result<socketio::Frame, serde_json::Error> {
    socketio::Frame::event(namespace, events::SERVER_DRAINING, &protocol::Draining { reconnect_in_ms })
}
