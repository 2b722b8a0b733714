//! For whom a message counts as a mention.

use chat::messages::NewMessage;
use rusqlite::{Connection, Result};

use super::apply::execute;

pub(super) const INSERT_MENTION: &str =
    "INSERT INTO mentions (conversation, user_key, seq, sender) VALUES (?1, ?2, ?3, ?4)";
pub(super) const DELETE_MENTIONS: &str = "DELETE FROM mentions WHERE conversation = ?1 AND seq = ?2";

pub(super) fn write(connection: &Connection, message: &NewMessage, seq: i64) -> Result<()> {
    for mentioned in &message.mentioned {
        let user = mentioned.user.map_or(0, |user| user.0);
        execute(connection, INSERT_MENTION, [mentioned.conversation.0, user, seq, mentioned.sender.0])?;
    }
    Ok(())
}

/// Nobody is mentioned by what is unsent.
pub(super) fn delete(connection: &Connection, conversation: i64, seq: i64) -> Result<()> {
    execute(connection, DELETE_MENTIONS, [conversation, seq])
}
