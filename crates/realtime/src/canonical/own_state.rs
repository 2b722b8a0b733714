//! What a conversation is for its user alone, on the wire.

use chat::{ConversationId, own_state};
use protocol::Time;

/// The state.
#[must_use]
pub fn state(state: &own_state::OwnState) -> protocol::OwnState {
    protocol::OwnState {
        archived: state.archived,
        marked_unread: state.marked_unread,
        muted_until: state.muted_until.map(|until| Time(until.0)),
        pinned_at: state.pinned_at.map(|at| Time(at.0)),
        deleted_seq: state.deleted_seq,
    }
}

/// The event that tells his devices.
#[must_use]
pub fn state_changed(
    conversation: ConversationId,
    changed: &own_state::OwnState,
    user_rev: i64,
) -> protocol::StateChanged {
    let (conversation_id, prev_user_rev) = (conversation.to_string(), user_rev - 1);
    protocol::StateChanged { conversation_id, state: state(changed), prev_user_rev, user_rev }
}
