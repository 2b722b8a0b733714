//! Message requests on the wire.

use chat::requests::{OpenedRequest, Request, RequestState};
use protocol::{Time, events};

use super::{accounts, json, messages};
use crate::Encoded;

/// The event that tells a user's devices of a request to him, or that it waits no longer.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn encode(asked: &Request, user_rev: i64) -> Result<Encoded, serde_json::Error> {
    let prev_user_rev = user_rev - 1;
    if asked.state == RequestState::Pending {
        let event = protocol::RequestNew { request: request(asked), prev_user_rev, user_rev };
        return json(events::REQUEST_NEW, &event);
    }
    let conversation_id = asked.conversation_id.to_string();
    let accepted = asked.state == RequestState::Accepted;
    let event = protocol::RequestUpdated { conversation_id, accepted, prev_user_rev, user_rev };
    json(events::REQUEST_UPDATED, &event)
}

/// A request that waits for an answer.
#[must_use]
pub fn request(request: &Request) -> protocol::MessageRequest {
    protocol::MessageRequest {
        conversation_id: request.conversation_id.to_string(),
        user: accounts::user(&request.user),
        created_at: Time(request.created_at.0),
    }
}

/// A request with what was said.
#[must_use]
pub fn opened(opened: &OpenedRequest) -> protocol::OpenedRequest {
    protocol::OpenedRequest {
        request: request(&opened.request),
        messages: opened.messages.iter().map(messages::message).collect(),
    }
}
