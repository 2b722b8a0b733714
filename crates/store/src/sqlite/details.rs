//! What conversations are called, and how they are kept.

use chat::details::UpdatedConversation;
use rusqlite::{Connection, Result, params};

use super::apply::execute;
use crate::codes;

pub(super) const UPDATE_CONVERSATION: &str = "UPDATE conversations SET name = ?2, description = ?3, avatar_url = ?4, who_may_add = ?5, \
     history = ?6, read_only = ?7, slow_mode_s = ?8, members_rev = members_rev + 1 WHERE key = ?1";

pub(super) fn write(connection: &Connection, updated: &UpdatedConversation) -> Result<()> {
    let details = &updated.details;
    let settings = &details.settings;
    let row = params![
        updated.conversation.0,
        details.name,
        details.description,
        details.avatar_url,
        codes::who_may_add(settings.who_may_add),
        codes::history(settings.history),
        i64::from(settings.read_only),
        settings.slow_mode_s
    ];
    execute(connection, UPDATE_CONVERSATION, row)
}
