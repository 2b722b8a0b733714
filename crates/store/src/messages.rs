//! Messages: history, and what is stored under an id.

use chat::{
    ConversationId, ConversationKey, MessageId, Page, Timestamp, UserId, UserKey,
    messages::{Message, MessageVersion, Quote, RequestHash, StoredMessage},
};

use crate::{
    Store, StoreError, codes,
    conversations::visible_from,
    dialect::Sql,
    hidden::hidden,
    value::{Row, Value},
};

/// Columns of a message `m` with its sender `w`, as [`message`] reads them, for the reader of the given key.
macro_rules! message_columns {
    ($reader:literal) => {
        concat!(
            "m.id, m.seq, m.rev, w.subject, m.kind, m.body, m.created_at, m.edited_at, m.deleted_at, \
         q.id, q.seq, qw.subject, substr(q.body, 1, 200), m.reactions, \
         CASE WHEN m.reactions IS NULL THEN NULL ELSE (SELECT string_agg(r.emoji, ' ') FROM reactions r \
         WHERE r.conversation = m.conversation AND r.seq = m.seq AND r.user_key = ",
            $reader,
            ") END, m.extras"
        )
    };
}
pub(crate) use message_columns;

/// Joins the message `q` that `m` answers, with its sender `qw`, for [`message_columns`].
macro_rules! with_quote {
    () => {
        " LEFT JOIN messages q ON q.conversation = m.conversation AND q.seq = m.reply_to \
          LEFT JOIN users qw ON qw.key = q.sender "
    };
}
pub(crate) use with_quote;

/// How many columns that is.
pub(crate) const MESSAGE_COLUMNS: usize = 16;

pub(crate) static STORED: Sql = Sql::new(concat!(
    "SELECT ",
    message_columns!("?3"),
    ", c.id, m.request_hash FROM messages m JOIN users w ON w.key = m.sender \
     JOIN conversations c ON c.key = m.conversation",
    with_quote!(),
    "WHERE m.conversation = ?1 AND m.id = ?2"
));

/// One row without a message says that he is a participant of an empty range; no row, that he is none.
pub(crate) static HISTORY: Sql = Sql::new(concat!(
    "SELECT ",
    message_columns!("?1"),
    " FROM (SELECT c.key FROM conversations c \
            JOIN participants p ON p.conversation = c.key AND p.user_key = ?1 AND p.left_at IS NULL \
            WHERE c.id = ?2) here \
      LEFT JOIN (SELECT n.* FROM messages n WHERE n.conversation = (SELECT key FROM conversations WHERE id = ?2) \
                 AND n.seq < ?3 AND n.seq > ?4 AND n.seq >= (SELECT ",
    visible_from!(),
    " FROM conversations c \
                     JOIN participants p ON p.conversation = c.key AND p.user_key = ?1 \
                     JOIN participant_state s ON s.user_key = ?1 AND s.conversation = c.key WHERE c.id = ?2) AND ",
    hidden!("?1", "n"),
    " = 0 \
                 ORDER BY n.seq DESC LIMIT ?5) m ON m.conversation = here.key \
      LEFT JOIN users w ON w.key = m.sender",
    with_quote!(),
    "ORDER BY m.seq DESC"
));

/// The message `?2` of the conversation `?1` as the user `?3` sees it.
pub(crate) static SEEN: Sql = Sql::new(concat!(
    "SELECT ",
    message_columns!("?3"),
    " FROM messages m JOIN users w ON w.key = m.sender \
     JOIN conversations c ON c.key = m.conversation \
     JOIN participants p ON p.conversation = m.conversation AND p.user_key = ?3 AND p.left_at IS NULL \
     JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation",
    with_quote!(),
    "WHERE m.conversation = ?1 AND m.id = ?2 AND ",
    hidden!("?3", "m"),
    " = 0 AND m.seq >= ",
    visible_from!()
));

/// One row without a text says that the message never had another; no row, that there is none for him.
pub(crate) static VERSIONS: Sql = Sql::new(concat!(
    "SELECT v.rev, v.body, v.written_at FROM (SELECT m.conversation, m.seq FROM conversations c \
     JOIN participants p ON p.conversation = c.key AND p.user_key = ?1 AND p.left_at IS NULL \
     JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = c.key \
     JOIN messages m ON m.conversation = c.key AND m.id = ?3 AND m.deleted_at IS NULL WHERE c.id = ?2 AND ",
    hidden!("?1", "m"),
    " = 0 AND m.seq >= ",
    visible_from!(),
    " LIMIT 1) here \
     LEFT JOIN message_versions v ON v.conversation = here.conversation AND v.seq = here.seq AND v.rev < ?4 \
     ORDER BY v.rev DESC LIMIT ?5"
));

pub(crate) const QUERIES: &[&Sql] = &[&STORED, &HISTORY, &SEEN, &VERSIONS];

/// Which messages of a conversation: those strictly between the two numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistoryRange {
    /// Only messages before this one.
    pub before_seq: Option<i64>,
    /// Only messages after this one.
    pub after_seq: Option<i64>,
}

impl Store {
    /// A page of a conversation's messages, newest first, and the `before_seq` of the next page. `None`: there is no
    /// such conversation for this user.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn history(
        &self,
        user: UserKey,
        conversation: ConversationId,
        range: HistoryRange,
        limit: usize,
    ) -> Result<Option<Page<Message>>, StoreError> {
        let parameters = [
            Value::Int(user.0),
            Value::Uuid(conversation.0),
            Value::Int(range.before_seq.unwrap_or(i64::MAX)),
            Value::Int(range.after_seq.unwrap_or(0)),
            Value::Int(limit as i64 + 1),
        ];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&HISTORY, &parameters).await })).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(rows.len().min(limit));
        let mut next = None;
        for row in &rows {
            if let Some(message) = message(row, 0, conversation)? {
                if items.len() == limit {
                    next = items.last().map(|last: &Message| last.seq);
                    break;
                }
                items.push(message);
            }
        }
        Ok(Some(Page { items, next }))
    }

    /// The message that has this id in the conversation, as a participant sees it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn seen_message(
        &self,
        user: UserKey,
        (conversation, conversation_id): (ConversationKey, ConversationId),
        id: MessageId,
    ) -> Result<Option<Message>, StoreError> {
        let parameters = [Value::Int(conversation.0), Value::Uuid(id.0), Value::Int(user.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&SEEN, &parameters).await })).await?;
        row.map_or(Ok(None), |row| message(&row, 0, conversation_id))
    }

    /// Texts that a message had before, newest first, each with the number of the change that replaced it; only those
    /// that were replaced before the change `before_rev`. `None`: there is no such message for this user.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn message_versions(
        &self,
        user: UserKey,
        conversation: ConversationId,
        id: MessageId,
        before_rev: Option<i64>,
        limit: usize,
    ) -> Result<Option<Page<MessageVersion>>, StoreError> {
        let parameters = [
            Value::Int(user.0),
            Value::Uuid(conversation.0),
            Value::Uuid(id.0),
            Value::Int(before_rev.unwrap_or(i64::MAX)),
            Value::Int(limit as i64 + 1),
        ];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&VERSIONS, &parameters).await })).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let (mut items, mut last, mut next) = (Vec::new(), None, None);
        for row in &rows {
            let Some(rev) = row.maybe_int(0)? else { continue };
            if items.len() == limit {
                next = last;
                break;
            }
            last = Some(rev);
            items.push(MessageVersion { body: row.text(1)?, written_at: Timestamp(row.int(2)?) });
        }
        Ok(Some(Page { items, next }))
    }

    /// The message that has this id in the conversation, as this user sees it, with the hash of the request that made it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn stored_message(
        &self,
        user: UserKey,
        conversation: ConversationKey,
        id: MessageId,
    ) -> Result<Option<StoredMessage>, StoreError> {
        let parameters = [Value::Int(conversation.0), Value::Uuid(id.0), Value::Int(user.0)];
        let row =
            self.read(move |read| Box::pin(async move { read.first(&STORED, &parameters).await })).await?;
        let Some(row) = row else { return Ok(None) };
        let conversation = ConversationId(row.uuid(MESSAGE_COLUMNS)?);
        let hash = row.bytes(MESSAGE_COLUMNS + 1)?;
        let hash =
            hash.try_into().map_err(|_| StoreError::Corrupt("a request hash has not 16 bytes".into()))?;
        Ok(message(&row, 0, conversation)?
            .map(|message| StoredMessage { message, request_hash: RequestHash(hash) }))
    }
}

/// Reads the columns of [`message_columns`] from `at` on; `None` where there is no message.
pub(crate) fn message(
    row: &Row,
    at: usize,
    conversation_id: ConversationId,
) -> Result<Option<Message>, StoreError> {
    let Some(id) = row.maybe_uuid(at)? else { return Ok(None) };
    let deleted_at = row.maybe_int(at + 8)?.map(Timestamp);
    Ok(Some(Message {
        id: MessageId(id),
        conversation_id,
        seq: row.int(at + 1)?,
        rev: row.int(at + 2)?,
        sender_id: UserId::from_stored(&row.text(at + 3)?),
        kind: codes::message_kind_of(row.int(at + 4)?)?,
        // A tombstone keeps its place, so that numbers have no gap, and nothing of what it said.
        body: if deleted_at.is_some() { None } else { row.maybe_text(at + 5)? },
        created_at: Timestamp(row.int(at + 6)?),
        edited_at: row.maybe_int(at + 7)?.map(Timestamp),
        deleted_at,
        reply_to: quote(row, at + 9)?,
        reactions: crate::reactions::read(row.maybe_text(at + 13)?, row.maybe_text(at + 14)?)?,
        extras: crate::extras::read(row.maybe_text(at + 15)?.as_deref())?,
    }))
}

/// The message that another one answers.
fn quote(row: &Row, at: usize) -> Result<Option<Quote>, StoreError> {
    let Some(id) = row.maybe_uuid(at)? else { return Ok(None) };
    Ok(Some(Quote {
        id: MessageId(id),
        seq: row.int(at + 1)?,
        sender_id: UserId::from_stored(&row.text(at + 2)?),
        body: row.maybe_text(at + 3)?,
    }))
}
