//! What a user decides about who may reach him, on the wire.

use chat::privacy::PrivacyChange;
use protocol::events;

use super::json;
use crate::Encoded;

/// The event that tells a user's devices what he decided.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn encode(change: &PrivacyChange, user_rev: i64) -> Result<Encoded, serde_json::Error> {
    let prev_user_rev = user_rev - 1;
    match change {
        PrivacyChange::Block { other_id, blocked, .. } => {
            let user_id = other_id.to_string();
            let event = protocol::BlockChanged { user_id, blocked: *blocked, prev_user_rev, user_rev };
            json(events::BLOCK_CHANGED, &event)
        }
    }
}
