//! What others may know of how far somebody has come.

use chat::{
    ConversationId, ConversationKey, MessageId, Page, Timestamp, UserId, UserKey,
    receipts::{DeliveredFacts, ReceiptState, SeenBy},
};

use crate::{
    Store, StoreError, accounts,
    conversations::visible_from,
    dialect::Sql,
    value::{Row, Value},
};

/// The greatest mark of the participant `p` since he joined, by kind.
macro_rules! newest {
    ($kind:literal) => {
        concat!(
            "(SELECT max(x.seq) FROM receipt_marks x WHERE x.conversation = p.conversation \
              AND x.user_key = p.user_key AND x.seq >= p.joined_seq AND x.kind = ",
            $kind,
            ")"
        )
    };
}

/// His first mark at the message of `here` or beyond it, by kind.
macro_rules! first_beyond {
    ($kind:literal) => {
        concat!(
            "(SELECT min(x.seq) FROM receipt_marks x WHERE x.conversation = p.conversation \
              AND x.user_key = p.user_key AND x.kind = ",
            $kind,
            " AND x.seq >= here.seq)"
        )
    };
}

/// The mark `$mark` of the participant `p` that has this seq.
macro_rules! with_mark {
    ($mark:literal, $kind:literal, $seq:expr) => {
        concat!(
            " LEFT JOIN receipt_marks ",
            $mark,
            " ON ",
            $mark,
            ".conversation = p.conversation AND ",
            $mark,
            ".user_key = p.user_key AND ",
            $mark,
            ".kind = ",
            $kind,
            " AND ",
            $mark,
            ".seq = ",
            $seq
        )
    };
}

/// Whether the participant `p` and the user `?1` show each other how far they come; `?4` is what holds for who chose
/// nothing.
macro_rules! shown {
    () => {
        "COALESCE((SELECT o.receipts FROM user_settings o WHERE o.user_key = p.user_key), ?4) = 1 \
         AND COALESCE((SELECT o.receipts FROM user_settings o WHERE o.user_key = ?1), ?4) = 1 \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_key = ?1 AND b.other = p.user_key) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_key = p.user_key AND b.other = ?1)"
    };
}

pub(crate) static DELIVERED_FACTS: Sql = Sql::new(concat!(
    "SELECT c.last_seq, ",
    newest!("1"),
    ", ",
    newest!("2"),
    " FROM participants p JOIN conversations c ON c.key = p.conversation \
     WHERE p.user_key = ?1 AND p.conversation = ?2 AND p.left_at IS NULL"
));

/// One row without a user says that nobody shows anything; no row, that there is no such conversation for him.
pub(crate) static RECEIPTS: Sql = Sql::new(concat!(
    "SELECT u.key, u.subject, d.seq, d.at, r.seq, r.at \
     FROM (SELECT c.key FROM conversations c \
           JOIN participants me ON me.conversation = c.key AND me.user_key = ?1 AND me.left_at IS NULL \
           WHERE c.id = ?2) here \
     LEFT JOIN participants p ON p.conversation = here.key AND p.left_at IS NULL AND p.user_key <> ?1 \
          AND p.user_key > ?3 AND ",
    shown!(),
    " LEFT JOIN users u ON u.key = p.user_key",
    with_mark!("d", "1", newest!("1")),
    with_mark!("r", "2", newest!("2")),
    " ORDER BY p.user_key LIMIT ?5"
));

/// One row without a user says that nobody has seen it; no row, that there is no such message for him. Who joined after
/// it is not asked.
pub(crate) static SEEN_BY: Sql = Sql::new(concat!(
    "SELECT u.key, u.subject, u.display_name, u.email, u.avatar_url, d.at, r.at \
     FROM (SELECT c.key, m.seq, m.sender FROM conversations c \
           JOIN participants p ON p.conversation = c.key AND p.user_key = ?1 AND p.left_at IS NULL \
           JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = c.key \
           JOIN messages m ON m.conversation = c.key AND m.id = ?6 AND m.deleted_at IS NULL AND m.seq >= ",
    visible_from!(),
    " WHERE c.id = ?2) here \
     LEFT JOIN participants p ON p.conversation = here.key AND p.left_at IS NULL AND p.user_key <> ?1 \
          AND p.user_key <> here.sender AND p.user_key > ?3 AND p.joined_seq <= here.seq \
          AND EXISTS (SELECT 1 FROM receipt_marks x WHERE x.conversation = p.conversation \
                      AND x.user_key = p.user_key AND x.seq >= here.seq) AND ",
    shown!(),
    " LEFT JOIN users u ON u.key = p.user_key",
    with_mark!("d", "1", first_beyond!("1")),
    with_mark!("r", "2", first_beyond!("2")),
    " ORDER BY p.user_key LIMIT ?5"
));

pub(crate) const QUERIES: &[&Sql] = &[&DELIVERED_FACTS, &RECEIPTS, &SEEN_BY];

/// Which part of a conversation's receipts is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptPage {
    /// Users beyond this one, from the page before.
    pub after: Option<i64>,
    /// How many.
    pub limit: usize,
    /// Whether they are shown who chose nothing.
    pub default: bool,
}

impl Store {
    /// What is to be known before it is noted that messages reached a user. `None`: he is no participant.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delivered_facts(
        &self,
        user: UserKey,
        conversation: ConversationKey,
    ) -> Result<Option<DeliveredFacts>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(conversation.0)];
        let row = self
            .read(move |read| Box::pin(async move { read.first(&DELIVERED_FACTS, &parameters).await }))
            .await?;
        row.map(|row| {
            let known_seq = row.maybe_int(1)?.max(row.maybe_int(2)?).unwrap_or(0);
            Ok(DeliveredFacts { last_seq: row.int(0)?, known_seq })
        })
        .transpose()
    }

    /// How far the other participants have come, as far as they and the user show it, in no order that means anything;
    /// direct conversations have one. `None`: there is no such conversation for this user.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn receipts(
        &self,
        user: UserKey,
        conversation: ConversationId,
        page: ReceiptPage,
    ) -> Result<Option<Page<ReceiptState>>, StoreError> {
        let parameters = page.parameters(user, conversation);
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&RECEIPTS, &parameters).await })).await?;
        page.of(&rows, |row| {
            let mark = |at: usize| Ok::<_, StoreError>(row.maybe_int(at)?.zip(row.maybe_int(at + 1)?));
            let known = |(seq, at)| (seq, Timestamp(at));
            Ok(ReceiptState {
                user_id: UserId::from_stored(&row.text(1)?),
                delivered: mark(2)?.map(known),
                read: mark(4)?.map(known),
            })
        })
    }

    /// Whom a message has reached, as for [`receipts`](Self::receipts). `None`: there is no such message for this user, or
    /// it was unsent.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn seen_by(
        &self,
        user: UserKey,
        (conversation, message): (ConversationId, MessageId),
        page: ReceiptPage,
    ) -> Result<Option<Page<SeenBy>>, StoreError> {
        let [a, b, c, d, e] = page.parameters(user, conversation);
        let parameters = [a, b, c, d, e, Value::Uuid(message.0)];
        let rows =
            self.read(move |read| Box::pin(async move { read.query(&SEEN_BY, &parameters).await })).await?;
        page.of(&rows, |row| {
            let (delivered, read) = (row.maybe_int(5)?, row.maybe_int(6)?);
            // What is read has come, whatever a device said later.
            let delivered = delivered.map(|at| read.map_or(at, |read| at.min(read)));
            Ok(SeenBy {
                user: accounts::user(row, 0)?,
                delivered_at: delivered.map(Timestamp),
                read_at: read.map(Timestamp),
            })
        })
    }
}

impl ReceiptPage {
    fn parameters(self, user: UserKey, conversation: ConversationId) -> [Value; 5] {
        [
            Value::Int(user.0),
            Value::Uuid(conversation.0),
            Value::Int(self.after.unwrap_or(0)),
            Value::Int(i64::from(self.default)),
            Value::Int(self.limit as i64 + 1),
        ]
    }

    fn of<T>(
        self,
        rows: &[Row],
        item: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Option<Page<T>>, StoreError> {
        if rows.is_empty() {
            return Ok(None);
        }
        let mut keys = Vec::new();
        let mut items = Vec::new();
        for row in rows {
            if let Some(key) = row.maybe_int(0)? {
                keys.push(key);
                items.push(item(row)?);
            }
        }
        let next = (items.len() > self.limit).then(|| keys[self.limit - 1]);
        items.truncate(self.limit);
        Ok(Some(Page { items, next }))
    }
}
