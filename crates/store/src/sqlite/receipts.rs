//! Rows about how far somebody has come.

use chat::receipts::ReceiptMark;
use rusqlite::{Connection, Result};

use super::apply::execute;
use crate::codes;

pub(super) const INSERT_MARK: &str = "INSERT INTO receipt_marks (conversation, user_key, kind, seq, at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (conversation, user_key, kind, seq) DO NOTHING";
pub(super) const DELETE_EARLIER: &str =
    "DELETE FROM receipt_marks WHERE conversation = ?1 AND user_key = ?2 AND kind = ?3 AND seq < ?4";

pub(super) fn write(connection: &Connection, mark: &ReceiptMark) -> Result<()> {
    let (conversation, user, kind) = (mark.conversation.0, mark.user.0, codes::receipt_kind(mark.kind));
    if !mark.keeps_earlier {
        execute(connection, DELETE_EARLIER, [conversation, user, kind, mark.seq])?;
    }
    execute(connection, INSERT_MARK, [conversation, user, kind, mark.seq, mark.at.0])
}
