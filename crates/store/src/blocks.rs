//! Blocks: what rules must know, and whom a user blocks.

use chat::{
    ConversationKey, Page, UserId, UserKey, accounts::User, blocks::BlockFacts, conversations::DirectKey,
};

use crate::{Store, StoreError, accounts, dialect::Sql, requests::request, value::Value};

/// The user `?2` for the user `?1`, with the conversation of the pair `?3`.
pub(crate) static BLOCK_FACTS: Sql = Sql::new(
    "SELECT o.key, o.subject, o.display_name, o.email, o.avatar_url, \
            (SELECT count(*) FROM blocks b WHERE b.user_key = ?1 AND b.other = o.key), \
            (SELECT count(*) FROM blocks b WHERE b.user_key = ?1), a.privacy_rev, d.key, \
            q.conversation, d.id, q.created_at, q.state, o.key, o.subject, o.display_name, o.email, o.avatar_url \
     FROM users o JOIN users a ON a.key = ?1 LEFT JOIN conversations d ON d.direct_key = ?3 \
     LEFT JOIN message_requests q ON q.conversation = d.key AND q.recipient = ?1 AND q.state = 1 AND d.last_seq > 0 \
     WHERE o.issuer = '' AND o.subject = ?2",
);

/// Whom the user `?1` blocks, beyond the key `?2`.
pub(crate) static BLOCKED: Sql = Sql::new(
    "SELECT u.key, u.subject, u.display_name, u.email, u.avatar_url \
     FROM blocks b JOIN users u ON u.key = b.other WHERE b.user_key = ?1 AND b.other > ?2 ORDER BY b.other LIMIT ?3",
);

pub(crate) const QUERIES: &[&Sql] = &[&BLOCK_FACTS, &BLOCKED];

impl Store {
    /// What is to be known before a user blocks another; `None` when the other is not known.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn block_facts(
        &self,
        user: UserKey,
        other: &UserId,
        pair: &DirectKey,
    ) -> Result<Option<BlockFacts>, StoreError> {
        let texts = [other.as_str(), pair.as_str()].map(|text| Value::Text(text.to_owned()));
        let [other, pair] = texts;
        let parameters = [Value::Int(user.0), other, pair];
        let row = self
            .read(move |read| Box::pin(async move { read.first(&BLOCK_FACTS, &parameters).await }))
            .await?;
        row.map(|row| {
            Ok(BlockFacts {
                other: accounts::user(&row, 0)?,
                blocked: row.int(5)? > 0,
                count: row.int(6)?,
                privacy_rev: row.int(7)?,
                direct: row.maybe_int(8)?.map(ConversationKey),
                request: row.maybe_int(9)?.map(|_| request(&row, 9)).transpose()?,
            })
        })
        .transpose()
    }

    /// A page of those whom a user blocks, beyond one of them; in no order that means anything.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn blocked(
        &self,
        user: UserKey,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Page<User>, StoreError> {
        self.people_beyond(&BLOCKED, user, after, limit).await
    }
}
