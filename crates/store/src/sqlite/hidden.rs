//! Messages that users hide from themselves.

use chat::Allocation;
use rusqlite::{Connection, Result};

use super::apply::execute;
use crate::layout::Layout;

pub(super) const INSERT_HIDDEN: &str = "INSERT INTO message_hidden (user_key, conversation, seq, user_rev) VALUES (?1, ?2, ?3, ?4) \
     ON CONFLICT (user_key, conversation, seq) DO NOTHING";

/// Writes what the plan hides, each with the number of the change that tells of it.
pub(super) fn write(connection: &Connection, layout: &Layout<'_>, allocation: &Allocation) -> Result<()> {
    for (hidden, offset) in &layout.hidden {
        let base =
            allocation.user_revs.iter().find(|(user, _)| *user == hidden.user).map_or(0, |(_, base)| *base);
        let row = [hidden.user.0, hidden.conversation.0, hidden.seq, base + offset];
        execute(connection, INSERT_HIDDEN, row)?;
    }
    Ok(())
}
