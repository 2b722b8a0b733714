//! What conversations are for their users alone, for the statement that takes plans of any kind.

use chat::{ConversationKey, UserKey, own_state::OwnState};

use super::relation::relation;

relation!(OwnStates as "own_states" {
    ord: i64 => "bigint", user_key: i64 => "bigint", conversation: i64 => "bigint", archived: i64 => "bigint",
    marked_unread: i64 => "bigint", muted_until: Option<i64> => "bigint", pinned_at: Option<i64> => "bigint",
    deleted_seq: Option<i64> => "bigint",
});

impl OwnStates {
    pub(super) fn add(&mut self, ord: i64, user: UserKey, conversation: ConversationKey, state: &OwnState) {
        self.push(
            ord,
            user.0,
            conversation.0,
            i64::from(state.archived),
            i64::from(state.marked_unread),
            state.muted_until.map(|at| at.0),
            state.pinned_at.map(|at| at.0),
            state.deleted_seq,
        );
    }
}
