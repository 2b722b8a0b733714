//! How far somebody has read.

use chat::{ConversationKey, UserKey, receipts::ReadFacts};

use crate::{Store, StoreError, dialect::Sql, value::Value};

/// How many messages wait for the participant `p` of the conversation `c`, whose state is `s`, beyond a number: those of
/// others, not of the system, not deleted, not hidden by him. The number is where he has read to, and before he joined; or as told.
///
/// That is a plain count, but where blocks are counted (`counting.rs`) they are summed: all messages in them less his
/// own, of the number's own block those whose positions come after it. So messages are looked at beyond `counted_seq`
/// only. What is empty by the numbers alone is not looked for; what he hid is taken off.
macro_rules! unread {
    () => {
        $crate::receipts::unread!(
            "(CASE WHEN s.read_seq >= p.joined_seq THEN s.read_seq ELSE p.joined_seq - 1 END)"
        )
    };
    ($from:literal) => {
        concat!(
            "(CASE WHEN c.last_seq > c.counted_seq AND c.last_seq > ",
            $from,
            " THEN (SELECT count(*) FROM messages u WHERE u.conversation = p.conversation AND u.seq > CASE WHEN ",
            $from,
            " > c.counted_seq THEN ",
            $from,
            " ELSE c.counted_seq END AND u.sender <> p.user_key AND u.kind <> 2 AND u.deleted_at IS NULL) ELSE 0 END \
             + CASE WHEN c.counted_seq > ",
            $from,
            " THEN ",
            $crate::receipts::counted!($from, "0"),
            " - ",
            $crate::receipts::counted!($from, "p.user_key"),
            " ELSE 0 END - CASE WHEN c.last_seq > ",
            $from,
            " THEN (SELECT CAST(COALESCE(sum((SELECT count(*) FROM messages u WHERE u.conversation = h.conversation AND u.seq = h.seq \
               AND u.sender <> p.user_key AND u.kind <> 2 AND u.deleted_at IS NULL)), 0) AS BIGINT) FROM message_hidden h \
               WHERE h.user_key = p.user_key AND h.conversation = p.conversation AND h.seq > ",
            $from,
            ") ELSE 0 END)"
        )
    };
}
pub(crate) use unread;

/// How many messages of a sender (0: of everybody) are counted beyond a number.
macro_rules! counted {
    ($from:literal, $sender:literal) => {
        concat!(
            "(SELECT CAST(COALESCE(sum(CASE b.block WHEN ",
            $from,
            " / 32 THEN {bits b.positions >> CAST(",
            $from,
            " % 32 AS INTEGER)} ELSE b.messages END), 0) AS BIGINT) FROM message_counts b \
             WHERE b.conversation = p.conversation AND b.sender = ",
            $sender,
            " AND b.block < c.counted_seq / 32 AND b.block >= ",
            $from,
            " / 32)"
        )
    };
}
pub(crate) use counted;

pub(crate) static READ_FACTS: Sql = Sql::new(concat!(
    "SELECT c.last_seq, s.read_seq, c.last_rev, ",
    unread!(
        "(CASE WHEN ?3 > s.read_seq AND ?3 >= p.joined_seq THEN ?3 \
          WHEN s.read_seq >= p.joined_seq THEN s.read_seq ELSE p.joined_seq - 1 END)"
    ),
    ", (SELECT CAST(COALESCE(sum(elsewhere.unread), 0) AS BIGINT) FROM (SELECT ",
    unread!(),
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
                last_rev: row.int(2)?,
                unread: row.int(3)?,
                unread_elsewhere: row.int(4)?,
            })
        })
        .transpose()
    }
}
