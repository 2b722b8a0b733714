//! Messages that are there and change.

use chat::messages::{MessageVersion, UpdatedMessage};
use rusqlite::{Connection, Result, params};

use super::{apply::execute, mentions};
use crate::{counting::BLOCK, reactions};

pub(super) const MESSAGE_REV: &str = "SELECT rev FROM messages WHERE conversation = ?1 AND seq = ?2";
pub(super) const UPDATE_MESSAGE: &str = "UPDATE messages SET rev = ?3, body = ?4, edited_at = ?5, deleted_at = ?6, reactions = ?7, \
     extras = CASE WHEN ?6 IS NULL THEN extras END \
     WHERE conversation = ?1 AND seq = ?2";
pub(super) const INSERT_VERSION: &str =
    "INSERT INTO message_versions (conversation, seq, rev, body, written_at) VALUES (?1, ?2, ?3, ?4, ?5)";
pub(super) const DELETE_REACTIONS: &str = "DELETE FROM reactions WHERE conversation = ?1 AND seq = ?2";
pub(super) const DELETE_REACTION: &str =
    "DELETE FROM reactions WHERE conversation = ?1 AND seq = ?2 AND user_key = ?3 AND emoji = ?4";
pub(super) const INSERT_REACTION: &str = "INSERT INTO reactions (conversation, seq, user_key, emoji, reacted_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (conversation, seq, user_key, emoji) DO NOTHING";
/// Sums are lowered where the message is in a block that was counted.
pub(super) const UNCOUNT_MESSAGE: &str = "UPDATE message_counts \
     SET messages = messages - 1, positions = positions & ~(1 << ((?2 - 1) % ?3)) \
     WHERE conversation = ?1 AND block = (?2 - 1) / ?3 \
       AND sender IN (0, (SELECT m.sender FROM messages m WHERE m.conversation = ?1 AND m.seq = ?2)) \
       AND (SELECT c.counted_seq FROM conversations c WHERE c.key = ?1) >= ?2";

/// Writes a message as it is from this change on, and keeps the text that it had. Nothing changes a message that is
/// unsent, so it is taken out of the sums once.
pub(super) fn write(connection: &Connection, updated: &UpdatedMessage, rev: i64) -> Result<()> {
    let (conversation, message) = (updated.conversation.0, &updated.message);
    let (edited_at, deleted_at) = (message.edited_at.map(|at| at.0), message.deleted_at.map(|at| at.0));
    let sums = reactions::write(&message.reactions);
    let row = params![conversation, message.seq, rev, message.body, edited_at, deleted_at, sums];
    execute(connection, UPDATE_MESSAGE, row)?;
    if message.deleted_at.is_some() {
        execute(connection, UNCOUNT_MESSAGE, [conversation, message.seq, BLOCK])?;
        execute(connection, DELETE_REACTIONS, [conversation, message.seq])?;
        mentions::delete(connection, conversation, message.seq)?;
    }
    if let Some(MessageVersion { body, written_at }) = &updated.replaced {
        let row = params![conversation, message.seq, rev, body, written_at.0];
        execute(connection, INSERT_VERSION, row)?;
    }
    Ok(())
}

/// Writes a row of `reactions`, or takes it away.
pub(super) fn react(
    connection: &Connection,
    (conversation, seq): (i64, i64),
    user: i64,
    emoji: &str,
    at: Option<i64>,
) -> Result<()> {
    match at {
        Some(at) => execute(connection, INSERT_REACTION, params![conversation, seq, user, emoji, at]),
        None => execute(connection, DELETE_REACTION, params![conversation, seq, user, emoji]),
    }
}
