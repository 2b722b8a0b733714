//! What conversations are for their users alone.

use chat::{ConversationKey, UserKey, own_state::OwnState};
use rusqlite::{Connection, Result, params};

use super::apply::execute;

pub(super) const SET_STATE: &str = "UPDATE participant_state SET archived = ?3, marked_unread = ?4, muted_until = ?5, pinned_at = ?6, \
     hidden_seq = ?7, cleared_seq = COALESCE(?7, cleared_seq) WHERE user_key = ?1 AND conversation = ?2";

pub(super) const PACED: &str =
    "UPDATE participant_state SET last_sent_at = ?3 WHERE user_key = ?1 AND conversation = ?2";

pub(super) fn write(
    connection: &Connection,
    user: UserKey,
    conversation: ConversationKey,
    state: &OwnState,
) -> Result<()> {
    let (muted_until, pinned_at) = (state.muted_until.map(|at| at.0), state.pinned_at.map(|at| at.0));
    let (archived, marked_unread) = (i64::from(state.archived), i64::from(state.marked_unread));
    let row =
        params![user.0, conversation.0, archived, marked_unread, muted_until, pinned_at, state.deleted_seq];
    execute(connection, SET_STATE, row)
}
