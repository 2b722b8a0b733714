//! How far somebody has read.

use chat::{ConversationKey, UserKey, receipts::ReadFacts};

use crate::{Store, StoreError, dialect::Sql, mentions::mentions, value::Value};

/// How many messages wait for the participant `p` of the conversation `c`, whose state is `s`, beyond a number: those
/// of others, not of the system, not deleted, not hidden by him. The number is up to where nothing is unread
/// ([`read_to`]); or as told.
///
/// That is a plain count, but where blocks are counted (`counting.rs`) they are summed: all messages in them less his
/// own, of the number's own block those whose positions come after it. So messages are looked at beyond `counted_seq`
/// only. What is empty by the numbers alone is not looked for; what he hid is taken off.
macro_rules! unread {
    () => {
        $crate::receipts::unread!($crate::receipts::read_to!())
    };
    ($from:expr) => {
        $crate::receipts::unread_of!("p.conversation", "p.user_key", "c.last_seq", "c.counted_seq", $from)
    };
}
pub(crate) use unread;

/// Up to where nothing is unread for the participant `p`, whose state is `s`: what he has read, what is deleted for him, and
/// what came before he joined.
macro_rules! read_to {
    () => {
        "(CASE WHEN s.read_seq >= s.cleared_seq AND s.read_seq >= p.joined_seq THEN s.read_seq \
          WHEN s.cleared_seq >= p.joined_seq THEN s.cleared_seq ELSE p.joined_seq - 1 END)"
    };
}
pub(crate) use read_to;

/// The same of a conversation and a user, with `last_seq`, `counted_seq` and the number as they are named.
macro_rules! unread_of {
    ($conversation:literal, $user:literal, $last:literal, $counted:literal, $from:expr) => {
        concat!(
            "(CASE WHEN ", $last, " > ", $counted, " AND ", $last, " > ", $from,
            " THEN (SELECT count(*) FROM messages u WHERE u.conversation = ", $conversation, " AND u.seq > CASE WHEN ",
            $from, " > ", $counted, " THEN ", $from, " ELSE ", $counted, " END AND u.sender <> ", $user,
            " AND u.kind <> 2 AND u.deleted_at IS NULL) ELSE 0 END + CASE WHEN ", $counted, " > ", $from, " THEN ",
            $crate::receipts::counted!($conversation, "0", $from), " - ",
            $crate::receipts::counted!($conversation, $user, $from),
            " ELSE 0 END - CASE WHEN ", $last, " > ", $from,
            " THEN (SELECT CAST(COALESCE(sum((SELECT count(*) FROM messages u \
               WHERE u.conversation = h.conversation AND u.seq = h.seq \
               AND u.sender <> h.user_key AND u.kind <> 2 AND u.deleted_at IS NULL)), 0) AS BIGINT) FROM message_hidden h \
               WHERE h.user_key = ", $user, " AND h.conversation = ", $conversation, " AND h.seq > ", $from,
            ") ELSE 0 END)"
        )
    };
}
pub(crate) use unread_of;

/// How many messages of a sender (0: of everybody) are counted beyond a number.
macro_rules! counted {
    ($conversation:literal, $sender:literal, $from:expr) => {
        concat!(
            "(SELECT CAST(COALESCE(sum(CASE b.block WHEN ",
            $from,
            " / 32 THEN {bits b.positions >> CAST(",
            $from,
            " % 32 AS INTEGER)} ELSE b.messages END), 0) AS BIGINT) FROM message_counts b \
             WHERE b.conversation = ",
            $conversation,
            " AND b.sender = ",
            $sender,
            " AND b.block >= ",
            $from,
            " / 32)"
        )
    };
}
pub(crate) use counted;

/// The conversations of `w` are looked for apart, as the limit says: else the number is worked out again wherever it is
/// named, for each row that is counted, which took as long as the counting.
pub(crate) static READ_FACTS: Sql = Sql::new(concat!(
    "SELECT c.last_seq, ",
    read_to!(),
    ", c.last_rev, ",
    unread!(
        "(CASE WHEN ?3 > s.read_seq AND ?3 >= s.cleared_seq AND ?3 >= p.joined_seq THEN ?3 \
          WHEN s.read_seq >= s.cleared_seq AND s.read_seq >= p.joined_seq THEN s.read_seq \
          WHEN s.cleared_seq >= p.joined_seq THEN s.cleared_seq ELSE p.joined_seq - 1 END)"
    ),
    ", ",
    mentions!(
        "(CASE WHEN ?3 > s.read_seq AND ?3 >= s.cleared_seq AND ?3 >= p.joined_seq THEN ?3 \
          WHEN s.read_seq >= s.cleared_seq AND s.read_seq >= p.joined_seq THEN s.read_seq \
          WHEN s.cleared_seq >= p.joined_seq THEN s.cleared_seq ELSE p.joined_seq - 1 END)"
    ),
    ", s.marked_unread, (SELECT CAST(COALESCE(sum(",
    unread_of!("w.conversation", "w.user_key", "w.last_seq", "w.counted_seq", "w.read_to"),
    "), 0) AS BIGINT) FROM (SELECT p.conversation, p.user_key, c.last_seq, c.counted_seq, ",
    read_to!(),
    " AS read_to FROM participants p \
         JOIN participant_state s ON s.user_key = p.user_key AND s.conversation = p.conversation \
         JOIN conversations c ON c.key = p.conversation \
         WHERE p.user_key = ?1 AND p.left_at IS NULL AND p.conversation <> ?2 AND c.last_seq > s.read_seq \
         LIMIT 9223372036854775807) w) \
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
                mentions: row.int(4)?,
                marked_unread: row.int(5)? != 0,
                unread_elsewhere: row.int(6)?,
            })
        })
        .transpose()
    }
}
