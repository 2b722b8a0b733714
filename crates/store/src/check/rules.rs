//! What must be true of a database at any moment, as queries that look for what is not so.
//!
//! They read whole tables, so they are in no list of queries that clients may cause.

use crate::dialect::Sql;

/// One thing that must be true.
pub(super) struct Rule {
    /// Its name, for ever.
    pub(super) name: &'static str,
    /// What was found, if something was: in the plural.
    pub(super) about: &'static str,
    /// What the number of an example is.
    pub(super) example: &'static str,
    /// Gives how many were found, and the number of one of them. May take the time as `?1`.
    pub(super) sql: Sql,
    pub(super) takes_time: bool,
}

macro_rules! rule {
    (by time: $($rule:tt)+) => { rule!(@ true, $($rule)+) };
    (@ $takes_time:literal, $name:literal, $example:literal, $about:literal, $($sql:tt)+) => {
        Rule {
            name: $name,
            about: $about,
            example: $example,
            sql: Sql::new(concat!("SELECT count(*), min(found.key) FROM (", $($sql)+, ") AS found")),
            takes_time: $takes_time,
        }
    };
    ($($rule:tt)+) => { rule!(@ false, $($rule)+) };
}

/// Streams whose rows are not numbered from the floor to the last number, each once (which their keys see to).
macro_rules! stream {
    ($table:literal, $last:literal, $floor:literal, $rows:literal, $owner:literal, $number:literal) => {
        concat!(
            "SELECT t.key FROM (SELECT key, ",
            $last,
            " AS last, ",
            $floor,
            " AS floor FROM ",
            $table,
            ") AS t LEFT JOIN (SELECT ",
            $owner,
            " AS owner, count(*) AS n, min(",
            $number,
            ") AS low, max(",
            $number,
            ") AS high FROM ",
            $rows,
            " GROUP BY ",
            $owner,
            ") AS r ON r.owner = t.key WHERE t.floor < 0 OR COALESCE(r.n, 0) <> t.last - t.floor \
             OR r.low <> t.floor + 1 OR r.high <> t.last"
        )
    };
}

/// Rows whose owner is not there.
macro_rules! orphans {
    ($rows:literal, $owner:literal, $table:literal) => {
        concat!(
            "SELECT r.",
            $owner,
            " AS key FROM ",
            $rows,
            " AS r LEFT JOIN ",
            $table,
            " AS t ON t.key = r.",
            $owner,
            " WHERE t.key IS NULL"
        )
    };
}

/// All of them, in the order in which they are told.
pub(super) static RULES: [Rule; 27] = [
    rule!(
        "epoch",
        "row",
        "tables of the epoch that have not exactly one row",
        "SELECT CAST(1 AS BIGINT) AS key WHERE (SELECT count(*) FROM epoch) <> 1"
    ),
    rule!(
        "seq",
        "conversation",
        "conversations whose messages are not numbered from 1 to last_seq",
        stream!("conversations", "last_seq", "0", "messages", "conversation", "seq")
    ),
    rule!(
        "rev",
        "conversation",
        "conversations whose changes are not numbered from behind changes_floor to last_rev",
        stream!("conversations", "last_rev", "changes_floor", "changes", "conversation", "rev")
    ),
    rule!(
        "user_rev",
        "user",
        "users whose changes are not numbered from behind changes_floor to last_user_rev",
        stream!("users", "last_user_rev", "changes_floor", "user_changes", "user_key", "user_rev")
    ),
    rule!(
        "message_rev",
        "conversation",
        "messages whose rev is not one that their conversation gave out",
        "SELECT m.conversation AS key FROM messages AS m JOIN conversations AS c ON c.key = m.conversation \
         WHERE m.rev < 1 OR m.rev > c.last_rev"
    ),
    rule!(
        "changes",
        "conversation",
        "changes that tell of a message which is not there, or is older than they are",
        // 1 to 4: a message was added, edited, unsent, reacted to (codes.rs)
        "SELECT x.conversation AS key FROM changes AS x \
         LEFT JOIN messages AS m ON m.conversation = x.conversation AND m.seq = x.ref \
         WHERE x.kind IN (1, 2, 3, 4) AND (m.rev IS NULL OR m.rev < x.rev)"
    ),
    rule!(
        "user_changes",
        "user",
        "changes of users that tell of a conversation which is not there",
        "SELECT x.user_key AS key FROM user_changes AS x LEFT JOIN conversations AS c ON c.key = x.ref \
         WHERE x.kind IN (1, 2, 3, 20, 21) AND c.key IS NULL"
    ),
    rule!(
        "change_marks",
        "stream",
        "marks of how far a stream had come that are beyond its end, or of a stream that is not there",
        // 1: of a conversation, 2: of a user (0004_change_marks)
        "SELECT k.key FROM change_marks AS k \
         LEFT JOIN conversations AS c ON c.key = k.key AND k.stream = 1 AND k.rev <= c.last_rev \
         LEFT JOIN users AS u ON u.key = k.key AND k.stream = 2 AND k.rev <= u.last_user_rev \
         WHERE c.key IS NULL AND u.key IS NULL"
    ),
    rule!(
        "message_counts",
        "conversation",
        "blocks of messages whose count or positions are not what their messages give, or counted where there are none",
        "SELECT b.conversation AS key FROM message_counts AS b LEFT JOIN conversations AS c ON c.key = b.conversation \
         WHERE b.sender = 0 AND (b.messages, b.positions) <> \
         (SELECT count(*), COALESCE(CAST(sum(CAST(1 AS BIGINT) << CAST((m.seq - 1) % 32 AS INTEGER)) AS BIGINT), 0) \
          FROM messages AS m WHERE m.conversation = b.conversation AND m.seq > b.block * 32 \
          AND m.seq <= b.block * 32 + 32 AND m.seq <= c.counted_seq AND m.kind <> 2 AND m.deleted_at IS NULL) \
         UNION ALL SELECT o.conversation FROM message_counts AS o GROUP BY o.conversation, o.block \
         HAVING sum(CASE WHEN o.sender = 0 THEN o.messages ELSE -o.messages END) <> 0 \
            OR sum(CASE WHEN o.sender = 0 THEN o.positions ELSE -o.positions END) <> 0 \
         UNION ALL SELECT c.key FROM conversations AS c WHERE c.counted_seq % 8 <> 0 OR c.counted_seq > c.last_seq"
    ),
    rule!(
        "tombstones",
        "conversation",
        "messages that are deleted and still have a text, or are not and have none",
        // 1: written by a user (codes.rs)
        "SELECT conversation AS key FROM messages WHERE (deleted_at IS NOT NULL AND body IS NOT NULL) \
         OR (deleted_at IS NULL AND body IS NULL AND kind = 1)"
    ),
    rule!(
        "message_versions",
        "conversation",
        "earlier texts of messages that are not there or were not changed then, and messages that were unsent without one",
        "SELECT v.conversation AS key FROM message_versions AS v \
         LEFT JOIN messages AS m ON m.conversation = v.conversation AND m.seq = v.seq \
         WHERE m.rev IS NULL OR v.rev > m.rev OR (m.edited_at IS NULL AND m.deleted_at IS NULL) \
         UNION ALL SELECT m.conversation FROM messages AS m WHERE m.kind = 1 AND m.deleted_at IS NOT NULL AND m.body IS NULL \
         AND NOT EXISTS (SELECT 1 FROM message_versions AS v WHERE v.conversation = m.conversation AND v.seq = m.seq)"
    ),
    rule!(
        "message_hidden",
        "conversation",
        "messages that are hidden from somebody and are not there, or of which his stream has no change",
        "SELECT h.conversation AS key FROM message_hidden AS h \
         LEFT JOIN messages AS m ON m.conversation = h.conversation AND m.seq = h.seq \
         LEFT JOIN users AS u ON u.key = h.user_key AND h.user_rev <= u.last_user_rev \
         LEFT JOIN user_changes AS x ON x.user_key = h.user_key AND x.user_rev = h.user_rev \
         WHERE m.seq IS NULL OR u.key IS NULL OR h.user_rev < 1 \
         OR (h.user_rev > u.changes_floor AND (x.ref IS NULL OR x.kind <> 3 OR x.ref <> h.conversation))"
    ),
    rule!(
        "mentions",
        "conversation",
        "mentions by messages that are not there or were unsent, or by somebody else than who wrote them",
        "SELECT n.conversation AS key FROM mentions AS n \
         LEFT JOIN messages AS m ON m.conversation = n.conversation AND m.seq = n.seq \
         WHERE m.seq IS NULL OR m.deleted_at IS NOT NULL OR m.sender <> n.sender OR m.extras IS NULL"
    ),
    rule!(
        "reply_to",
        "conversation",
        "replies to what was not there before them",
        "SELECT m.conversation AS key FROM messages AS m WHERE m.reply_to IS NOT NULL AND (m.reply_to < 1 OR m.reply_to >= m.seq)"
    ),
    rule!(
        "member_count",
        "conversation",
        "conversations whose member_count is not what is counted",
        "SELECT c.key FROM conversations AS c LEFT JOIN \
         (SELECT conversation, count(*) AS n FROM participants WHERE left_at IS NULL GROUP BY conversation) AS p \
         ON p.conversation = c.key WHERE c.member_count <> COALESCE(p.n, 0)"
    ),
    rule!(
        "owner",
        "conversation",
        "groups with people in them and not exactly one owner",
        // 2: group, 1: owner (codes.rs)
        "SELECT c.key FROM conversations AS c WHERE c.kind = 2 AND c.member_count > 0 AND \
         (SELECT count(*) FROM participants AS p WHERE p.conversation = c.key AND p.left_at IS NULL AND p.role = 1) <> 1"
    ),
    rule!(
        "joined_seq",
        "conversation",
        "participants who joined before the first message or beyond the next",
        "SELECT p.conversation AS key FROM participants AS p JOIN conversations AS c ON c.key = p.conversation \
         WHERE p.joined_seq < 1 OR p.joined_seq > c.last_seq + 1"
    ),
    rule!(
        "read_seq",
        "conversation",
        "read marks before the first message or beyond the last",
        "SELECT s.conversation AS key FROM participant_state AS s JOIN conversations AS c ON c.key = s.conversation \
         WHERE s.read_seq < 0 OR s.read_seq > c.last_seq"
    ),
    rule!(
        "deleted_seq",
        "conversation",
        "conversations that are deleted for somebody beyond their last message, or up to another than is kept from him",
        "SELECT s.conversation AS key FROM participant_state AS s JOIN conversations AS c ON c.key = s.conversation \
         WHERE s.cleared_seq < 0 OR s.cleared_seq > c.last_seq OR s.cleared_seq <> COALESCE(s.hidden_seq, 0)"
    ),
    rule!(
        "participant_state",
        "conversation",
        "participants without a state of their own",
        "SELECT p.conversation AS key FROM participants AS p LEFT JOIN participant_state AS s \
         ON s.user_key = p.user_key AND s.conversation = p.conversation \
         WHERE p.left_at IS NULL AND s.user_key IS NULL"
    ),
    rule!(
        "receipt_marks",
        "conversation",
        "receipts of who was never in the conversation, or of more than he read or there is",
        // 2: read (codes.rs)
        "SELECT r.conversation AS key FROM receipt_marks AS r \
         LEFT JOIN participant_state AS s ON s.user_key = r.user_key AND s.conversation = r.conversation \
         LEFT JOIN conversations AS c ON c.key = r.conversation \
         WHERE s.user_key IS NULL OR r.seq < 1 OR r.seq > c.last_seq OR (r.kind = 2 AND r.seq > s.read_seq)"
    ),
    rule!(
        "direct_key",
        "conversation",
        "conversations that are direct and have no direct_key, or are not and have one",
        // 1: direct (codes.rs)
        "SELECT key FROM conversations WHERE (kind = 1 AND direct_key IS NULL) OR (kind <> 1 AND direct_key IS NOT NULL)"
    ),
    rule!(
        "of_conversations",
        "conversation",
        "rows of conversations that are not there",
        orphans!("messages", "conversation", "conversations"),
        " UNION ALL ",
        orphans!("changes", "conversation", "conversations"),
        " UNION ALL ",
        orphans!("participants", "conversation", "conversations"),
        " UNION ALL ",
        orphans!("participant_state", "conversation", "conversations")
    ),
    rule!(
        "of_users",
        "user",
        "rows of users who are not there",
        orphans!("messages", "sender", "users"),
        " UNION ALL ",
        orphans!("conversations", "created_by", "users"),
        " UNION ALL ",
        orphans!("participants", "user_key", "users"),
        " UNION ALL ",
        orphans!("participant_state", "user_key", "users"),
        " UNION ALL ",
        orphans!("user_changes", "user_key", "users"),
        " UNION ALL ",
        orphans!("blocks", "user_key", "users"),
        " UNION ALL ",
        orphans!("blocks", "other", "users"),
        " UNION ALL ",
        orphans!("follows", "user_key", "users"),
        " UNION ALL ",
        orphans!("follows", "other", "users"),
        " UNION ALL ",
        orphans!("user_settings", "user_key", "users")
    ),
    rule!(
        "keys",
        "key",
        "kinds of keys of which the next to be given out is in use",
        "SELECT n.last AS key FROM (SELECT 'users' AS name, max(key) AS last FROM users \
         UNION ALL SELECT 'conversations', max(key) FROM conversations) AS n \
         LEFT JOIN key_blocks AS b ON b.name = n.name WHERE b.next_key IS NULL OR n.last >= b.next_key"
    ),
    rule!(by time:
        "outbox",
        "row",
        "effects with half a lease, one of more than a day, or one although they were given up",
        "SELECT key FROM outbox WHERE (lease IS NULL) <> (lease_owner IS NULL) OR attempts < 0 \
         OR (lease IS NOT NULL AND (attempts = 0 OR failed_at IS NOT NULL OR due_at - 86400000 > ?1))"
    ),
    rule!(by time:
        "schedules",
        "time",
        "periodic jobs with half a lease, or one of more than a day",
        "SELECT due_at AS key FROM schedules WHERE (lease IS NULL) <> (lease_owner IS NULL) \
         OR (lease IS NOT NULL AND due_at - 86400000 > ?1)"
    ),
];

/// Users, conversations, messages.
pub(super) static ROWS: Sql = Sql::new(
    "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages)",
);
