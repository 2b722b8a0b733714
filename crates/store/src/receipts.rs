//! How far somebody has read.

use chat::{ConversationKey, UserKey, receipts::ReadFacts};

use crate::{Store, StoreError, dialect::Sql, value::Value};

/// How many messages wait for the participant `p`, whose state is `s`, beyond his mark: those of others, not of the
/// system, not deleted, not from before he joined. `beyond` narrows it further.
macro_rules! unread {
    ($beyond:literal) => {
        concat!(
            "(SELECT count(*) FROM messages u WHERE u.conversation = p.conversation AND u.seq > s.read_seq ",
            $beyond,
            " AND u.seq >= p.joined_seq AND u.sender <> p.user_key AND u.kind <> 2 AND u.deleted_at IS NULL)"
        )
    };
}
pub(crate) use unread;

pub(crate) static READ_FACTS: Sql = Sql::new(concat!(
    "SELECT c.last_seq, s.read_seq, ",
    unread!("AND u.seq > ?3"),
    ", (SELECT CAST(COALESCE(sum(elsewhere.unread), 0) AS BIGINT) FROM (SELECT ",
    unread!(""),
    " AS unread FROM participants p \
         JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
         JOIN conversations c ON c.key = p.conversation \
         WHERE p.user_key = ?1 AND p.left_at IS NULL AND p.conversation <> ?2 AND c.last_seq > s.read_seq) elsewhere) \
     FROM participants p \
     JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
     JOIN conversations c ON c.key = p.conversation \
     WHERE p.user_key = ?1 AND p.conversation = ?2 AND p.left_at IS NULL"
));

pub(crate) const QUERIES: &[&Sql] = &[&READ_FACTS];

impl Store {
    /// What is to be known before a reader's mark is moved to `seq`. `None`: he is no participant.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn read_facts(
        &self,
        user: UserKey,
        conversation: ConversationKey,
        seq: i64,
    ) -> Result<Option<ReadFacts>, StoreError> {
        let parameters = [Value::Int(user.0), Value::Int(conversation.0), Value::Int(seq)];
        let row = self
            .read(move |read| Box::pin(async move { read.first(&READ_FACTS, &parameters).await }))
            .await?;
        row.map(|row| {
            Ok(ReadFacts {
                last_seq: row.int(0)?,
                read_seq: row.int(1)?,
                unread: row.int(2)?,
                unread_elsewhere: row.int(3)?,
            })
        })
        .transpose()
    }
}
