//! The statements of a lane. A batch is applied by one, whatever is in it: its rows come in as arrays, each with the
//! ordinal of its plan; what passes its guards takes numbers by window sums; every table gets its rows at once.
//!
//! All parts of such a statement see the tables as they were when it began, hence: new rows are inserted with their
//! counters, and a row is updated by one part only. Lookups stand in LATERAL with LIMIT, which keeps them what they
//! are, one index probe each: as a join the planner could read the whole table while it believes it small.

use std::sync::LazyLock;

use uuid::Uuid;

use super::{
    details::{Details, Paced},
    load,
    own_state::OwnStates,
    privacy,
    relation::{relation, unnest},
};
use crate::counting::BLOCK;

pub(super) const LOCK_CONVERSATIONS: &str =
    "SELECT key FROM conversations WHERE key = ANY($1::bigint[]) ORDER BY key FOR UPDATE";
pub(super) const LOCK_USERS: &str =
    "SELECT key FROM users WHERE key = ANY($1::bigint[]) ORDER BY key FOR UPDATE";
pub(super) const RESERVE_KEYS: &str =
    "UPDATE key_blocks SET next_key = next_key + $2 WHERE name = $1 RETURNING next_key - $2";

relation!(
    /// Batches of nothing but sends have this one relation.
    Sends as "sends" {
        ord: i64 => "bigint", conversation: i64 => "bigint", members_rev: i64 => "bigint", id: Uuid => "uuid",
        request_hash: Vec<u8> => "bytea", sender: i64 => "bigint", kind: i64 => "bigint", body: String => "text",
        created_at: i64 => "bigint",
    }
);
relation!(Plans as "plans" {
    ord: i64 => "bigint", conversation: Option<i64> => "bigint", founds: bool => "boolean", seqs: i64 => "bigint",
    revs: i64 => "bigint", active_at: Option<i64> => "bigint",
});
relation!(MembersGuards as "members_guards" {
    ord: i64 => "bigint", conversation: i64 => "bigint", members_rev: i64 => "bigint",
});
relation!(AbsentGuards as "absent_guards" {
    ord: i64 => "bigint", conversation: i64 => "bigint", id: Uuid => "uuid",
});
relation!(RevGuards as "rev_guards" {
    ord: i64 => "bigint", conversation: i64 => "bigint", seq: i64 => "bigint", rev: i64 => "bigint",
});
relation!(UserStreams as "user_streams" {
    ord: i64 => "bigint", user_key: i64 => "bigint", taken: i64 => "bigint", is_new: bool => "boolean",
});
relation!(Users as "new_users" {
    ord: i64 => "bigint", key: i64 => "bigint", subject: String => "text", subject_folded: String => "text",
    display_name: Option<String> => "text", name_folded: Option<String> => "text", email: Option<String> => "text",
    avatar_url: Option<String> => "text", created_at: i64 => "bigint", last_user_rev: i64 => "bigint",
});
relation!(Profiles as "profiles" {
    ord: i64 => "bigint", key: i64 => "bigint", display_name: Option<String> => "text",
    name_folded: Option<String> => "text", email: Option<String> => "text", avatar_url: Option<String> => "text",
});
relation!(Conversations as "new_conversations" {
    ord: i64 => "bigint", key: i64 => "bigint", id: Uuid => "uuid", kind: i64 => "bigint",
    name: Option<String> => "text", direct_key: Option<String> => "text", created_by: i64 => "bigint",
    created_at: i64 => "bigint", last_activity_at: i64 => "bigint", last_seq: i64 => "bigint",
    last_rev: i64 => "bigint", member_count: i64 => "bigint",
});
relation!(Participants as "new_participants" {
    ord: i64 => "bigint", conversation: i64 => "bigint", user_key: i64 => "bigint", role: i64 => "bigint",
    position: i64 => "bigint", founds: bool => "boolean",
});
relation!(Departures as "departures" {
    ord: i64 => "bigint", conversation: i64 => "bigint", user_key: i64 => "bigint", left_at: i64 => "bigint",
});
relation!(Roles as "new_roles" {
    ord: i64 => "bigint", conversation: i64 => "bigint", user_key: i64 => "bigint", role: i64 => "bigint",
});
relation!(Messages as "new_messages" {
    ord: i64 => "bigint", conversation: i64 => "bigint", seq_offset: i64 => "bigint", rev_offset: i64 => "bigint",
    id: Uuid => "uuid", request_hash: Vec<u8> => "bytea", sender: i64 => "bigint", kind: i64 => "bigint",
    body: String => "text", created_at: i64 => "bigint", reply_to: Option<i64> => "bigint",
    extras: Option<String> => "text",
});
relation!(Updates as "message_updates" {
    ord: i64 => "bigint", conversation: i64 => "bigint", seq: i64 => "bigint", rev_offset: i64 => "bigint",
    body: Option<String> => "text", edited_at: Option<i64> => "bigint", deleted_at: Option<i64> => "bigint",
    reactions: Option<String> => "text", replaced_body: Option<String> => "text", replaced_written_at: Option<i64> => "bigint",
});
relation!(Reactions as "reaction_rows" {
    ord: i64 => "bigint", conversation: i64 => "bigint", seq: i64 => "bigint", user_key: i64 => "bigint",
    emoji: String => "text", reacted_at: Option<i64> => "bigint",
});
relation!(Mentions as "new_mentions" {
    ord: i64 => "bigint", conversation: i64 => "bigint", user_key: i64 => "bigint", seq_offset: i64 => "bigint",
    sender: i64 => "bigint",
});
relation!(Hidden as "hidden_rows" {
    ord: i64 => "bigint", user_key: i64 => "bigint", conversation: i64 => "bigint", seq: i64 => "bigint",
    rev_offset: i64 => "bigint",
});
relation!(ReadMarks as "read_marks" {
    ord: i64 => "bigint", user_key: i64 => "bigint", conversation: i64 => "bigint", read_seq: i64 => "bigint",
});
relation!(Receipts as "new_receipts" {
    ord: i64 => "bigint", conversation: i64 => "bigint", user_key: i64 => "bigint", kind: i64 => "bigint",
    seq: i64 => "bigint", at: i64 => "bigint", keeps_earlier: bool => "boolean",
});
relation!(Changes as "new_changes" {
    ord: i64 => "bigint", rev_offset: i64 => "bigint", kind: i64 => "bigint", seq_offset: Option<i64> => "bigint",
    about: Option<i64> => "bigint",
});
relation!(UserChanges as "new_user_changes" {
    ord: i64 => "bigint", user_key: i64 => "bigint", rev_offset: i64 => "bigint", kind: i64 => "bigint",
    conversation: i64 => "bigint",
});
relation!(Effects as "new_effects" {
    ord: i64 => "bigint", kind: String => "text", dedupe_key: String => "text", payload: String => "text",
    created_at: i64 => "bigint", due_at: i64 => "bigint",
});

/// For batches of sends; after the relation comes the array of conversations that are locked.
pub(super) static APPLY_SENDS: LazyLock<String> = LazyLock::new(|| {
    let mut next = 1;
    let input = unnest(Sends::SHAPE, &mut next);
    format!("WITH {input}, {}", SENDS.replace("$conversations", &format!("${next}::bigint[]")))
});

/// For every batch; after the relations come the arrays of conversations and of users that are locked.
pub(super) static APPLY_ANY: LazyLock<String> = LazyLock::new(|| {
    let relations = [
        Plans::SHAPE,
        MembersGuards::SHAPE,
        AbsentGuards::SHAPE,
        RevGuards::SHAPE,
        UserStreams::SHAPE,
        Users::SHAPE,
        Profiles::SHAPE,
        Conversations::SHAPE,
        Participants::SHAPE,
        Departures::SHAPE,
        Roles::SHAPE,
        Messages::SHAPE,
        Updates::SHAPE,
        Reactions::SHAPE,
        Hidden::SHAPE,
        Mentions::SHAPE,
        ReadMarks::SHAPE,
        Receipts::SHAPE,
        OwnStates::SHAPE,
        Details::SHAPE,
        Paced::SHAPE,
        Changes::SHAPE,
        UserChanges::SHAPE,
        Effects::SHAPE,
    ];
    let relations = relations.into_iter().chain(privacy::SHAPES);
    let mut next = 1;
    let inputs: Vec<_> = relations.map(|shape| unnest(shape, &mut next)).collect();
    let parts = [
        VERDICT,
        WRITE_USERS,
        WRITE_CONVERSATIONS,
        WRITE_MESSAGES,
        WRITE_UPDATES,
        WRITE_RECEIPTS,
        WRITE_OWN_STATES,
        WRITE_EFFECTS,
        WRITE_PRIVACY,
    ]
    .join(", ");
    let parts = parts
        .replace("$conversations", &format!("${next}::bigint[]"))
        .replace("$users", &format!("${}::bigint[]", next + 1))
        .replace("$block", &BLOCK.to_string());
    format!("WITH {}, {parts} {ANSWER}", inputs.join(", "))
});

const SENDS: &str = include_str!("sql/sends.sql");
const VERDICT: &str = include_str!("sql/verdict.sql");
const WRITE_USERS: &str = include_str!("sql/write_users.sql");
const WRITE_CONVERSATIONS: &str = include_str!("sql/write_conversations.sql");
const WRITE_MESSAGES: &str = include_str!("sql/write_messages.sql");
const WRITE_UPDATES: &str = include_str!("sql/write_updates.sql");
const WRITE_RECEIPTS: &str = include_str!("sql/write_receipts.sql");
const WRITE_OWN_STATES: &str = include_str!("sql/write_own_states.sql");
const WRITE_EFFECTS: &str = include_str!("sql/write_effects.sql");
const WRITE_PRIVACY: &str = include_str!("sql/write_privacy.sql");
const ANSWER: &str = "SELECT ord, NULL::bigint AS user_key, seq, rev FROM taken \
     UNION ALL SELECT ord, user_key, user_rev, 0 FROM user_taken";

/// Every text that writes, for the test that prepares them.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    static LOADS: LazyLock<Vec<String>> = LazyLock::new(load::texts);
    let of_lanes: [&str; 5] = [LOCK_CONVERSATIONS, LOCK_USERS, RESERVE_KEYS, &APPLY_SENDS, &APPLY_ANY];
    of_lanes.into_iter().chain(LOADS.iter().map(String::as_str))
}
