//! What a check finds: nothing in what the store wrote, and each thing that was spoiled, by its name.

use chat::{ConversationId, Timestamp, UserId};
use store::{CheckReport, DatabaseUrl, Engine, Store, StoreError};
use testkit::Database;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    what_the_store_writes_is_consistent,
    each_thing_that_was_spoiled_is_found,
    a_trimmed_stream_is_consistent,
    what_is_no_database_is_not_judged,
);

const NOW: Timestamp = Timestamp(1_000_000);

async fn check(bed: &Bed) -> CheckReport {
    Store::check(&bed.url, NOW).await.unwrap()
}

/// The rules that are broken, with how often.
fn broken(report: &CheckReport) -> Vec<(&str, i64)> {
    report.rules.iter().filter(|rule| rule.found > 0).map(|rule| (rule.name, rule.found)).collect()
}

/// Three people, a group with ten messages, a direct conversation with one.
async fn lived_in(bed: &Bed) -> ConversationId {
    let [ada, bob, _] = bed.people(["ada", "bob", "cleo"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    for number in 0..10 {
        bed.send(if number % 2 == 0 { &ada } else { &bob }, room, "hi").await;
    }
    bed.read(&bob, room, 7).await;
    let direct = bed.direct(&ada, "new").await;
    bed.send(&ada, direct, "hi").await;
    room
}

async fn what_the_store_writes_is_consistent(bed: Bed) {
    assert_eq!(broken(&check(&bed).await), [], "an empty database");
    lived_in(&bed).await;
    let report = check(&bed).await;
    assert_eq!(broken(&report), []);
    assert_eq!((report.rows.users, report.rows.conversations, report.rows.messages), (4, 2, 11));
    assert_eq!(report.left_out, [""; 0]);
    let with_file = bed.store.engine() == Engine::Sqlite;
    assert_eq!(report.rules.iter().any(|rule| rule.name == "file"), with_file);
    assert!(bed.store.users(&[UserId::from_stored("ada")]).await.unwrap().len() == 1, "it goes on");
}

/// A statement that spoils something, and the rule that finds it.
const SPOILT: &[(&str, &str)] = &[
    ("DELETE FROM epoch", "epoch"),
    ("INSERT INTO blocks (user_key, other, since) VALUES (1, 99, 0)", "of_users"),
    ("INSERT INTO follows (user_key, other, since) VALUES (1, 99, 0)", "of_users"),
    ("INSERT INTO follows (user_key, other, since) VALUES (99, 1, 0)", "of_users"),
    ("INSERT INTO user_settings (user_key, messaging_access) VALUES (99, 1)", "of_users"),
    ("INSERT INTO blocks (user_key, other, since) VALUES (99, 1, 0)", "of_users"),
    (
        "INSERT INTO receipt_marks (conversation, user_key, kind, seq, at) VALUES (1, 99, 2, 1, 0)",
        "receipt_marks",
    ),
    (
        "INSERT INTO receipt_marks (conversation, user_key, kind, seq, at) VALUES (1, 1, 2, 99, 0)",
        "receipt_marks",
    ),
    ("DELETE FROM messages WHERE seq = 4", "seq"),
    ("DELETE FROM messages WHERE seq = 1", "seq"),
    ("DELETE FROM messages WHERE seq = 10", "seq"),
    ("DELETE FROM messages", "seq"),
    ("UPDATE conversations SET last_seq = last_seq + 1 WHERE kind = 2", "seq"),
    ("UPDATE messages SET seq = 12 WHERE seq = 10", "seq"),
    ("DELETE FROM changes WHERE rev = 3", "rev"),
    ("DELETE FROM changes WHERE rev = 10", "rev"),
    ("UPDATE conversations SET changes_floor = 1 WHERE kind = 2", "rev"),
    ("UPDATE conversations SET changes_floor = 99", "rev"),
    ("UPDATE conversations SET last_rev = last_rev + 1 WHERE kind = 2", "rev"),
    ("DELETE FROM user_changes WHERE user_rev = 1", "user_rev"),
    ("UPDATE users SET last_user_rev = last_user_rev + 1 WHERE subject = 'cleo'", "user_rev"),
    ("UPDATE messages SET rev = 99 WHERE seq = 4", "message_rev"),
    ("UPDATE messages SET rev = 0 WHERE seq = 4", "message_rev"),
    ("UPDATE messages SET rev = 9 WHERE seq = 10", "changes"),
    ("UPDATE changes SET ref = 99 WHERE rev = 4", "changes"),
    ("UPDATE user_changes SET ref = 99 WHERE user_rev = 1", "user_changes"),
    ("INSERT INTO change_marks (stream, key, rev, at) VALUES (1, 99, 1, 0)", "change_marks"),
    ("INSERT INTO change_marks (stream, key, rev, at) VALUES (2, 1, 99, 0)", "change_marks"),
    (
        "INSERT INTO message_counts (conversation, sender, block, messages) VALUES (1, 0, 0, 7), (1, 1, 0, 7)",
        "message_counts",
    ),
    (
        "INSERT INTO message_counts (conversation, sender, block, messages) VALUES (1, 1, 0, 7)",
        "message_counts",
    ),
    (
        "INSERT INTO message_counts (conversation, sender, block, messages, positions) VALUES (1, 1, 0, 0, 4)",
        "message_counts",
    ),
    ("UPDATE conversations SET counted_seq = 32 WHERE kind = 2", "message_counts"),
    ("UPDATE messages SET deleted_at = 1 WHERE seq = 4", "tombstones"),
    ("UPDATE messages SET body = NULL WHERE seq = 4", "tombstones"),
    (
        "INSERT INTO message_versions (conversation, seq, rev, body, written_at) VALUES (1, 4, 4, 'x', 0)",
        "message_versions",
    ),
    (
        "INSERT INTO message_versions (conversation, seq, rev, body, written_at) VALUES (1, 99, 4, 'x', 0)",
        "message_versions",
    ),
    ("UPDATE messages SET deleted_at = 1, body = NULL WHERE seq = 4", "message_versions"),
    (
        "INSERT INTO message_hidden (user_key, conversation, seq, user_rev) VALUES (1, 1, 99, 1)",
        "message_hidden",
    ),
    (
        "INSERT INTO message_hidden (user_key, conversation, seq, user_rev) VALUES (1, 1, 4, 1)",
        "message_hidden",
    ),
    ("INSERT INTO mentions (conversation, user_key, seq, sender) VALUES (1, 2, 99, 1)", "mentions"),
    ("INSERT INTO mentions (conversation, user_key, seq, sender) VALUES (1, 2, 4, 1)", "mentions"),
    ("UPDATE messages SET reply_to = 4 WHERE seq = 4", "reply_to"),
    ("UPDATE conversations SET member_count = member_count + 1 WHERE kind = 2", "member_count"),
    ("UPDATE participants SET left_at = 1 WHERE role = 1", "member_count"),
    ("UPDATE participants SET role = 4 WHERE role = 1", "owner"),
    ("UPDATE participants SET joined_seq = 0 WHERE role = 1", "joined_seq"),
    ("UPDATE participants SET joined_seq = 12 WHERE role = 1", "joined_seq"),
    ("UPDATE participant_state SET read_seq = 11 WHERE read_seq = 7", "read_seq"),
    ("UPDATE participant_state SET read_seq = -1 WHERE read_seq = 7", "read_seq"),
    ("UPDATE participant_state SET cleared_seq = 11, hidden_seq = 11 WHERE read_seq = 7", "deleted_seq"),
    ("UPDATE participant_state SET hidden_seq = 3 WHERE read_seq = 7", "deleted_seq"),
    ("DELETE FROM participant_state WHERE read_seq = 7", "participant_state"),
    ("UPDATE conversations SET direct_key = NULL", "direct_key"),
    ("UPDATE conversations SET direct_key = 'x' WHERE kind = 2", "direct_key"),
    ("DELETE FROM conversations WHERE kind = 2", "of_conversations"),
    ("DELETE FROM users WHERE subject = 'bob'", "of_users"),
    ("UPDATE messages SET sender = 99 WHERE seq = 4", "of_users"),
    ("UPDATE key_blocks SET next_key = 1 WHERE name = 'users'", "keys"),
    ("DELETE FROM key_blocks WHERE name = 'conversations'", "keys"),
    (
        "INSERT INTO outbox (kind, dedupe_key, payload, created_at, due_at, lease_owner) VALUES ('k', 'd', '', 0, 0, 'me')",
        "outbox",
    ),
    (
        "INSERT INTO outbox (kind, dedupe_key, payload, created_at, due_at, attempts) VALUES ('k', 'd', '', 0, 0, -1)",
        "outbox",
    ),
    ("INSERT INTO schedules (name, due_at, lease_owner) VALUES ('trimming', 0, 'me')", "schedules"),
];

/// Tables whose rows are put back after each.
const TABLES: [&str; 15] = [
    "receipt_marks",
    "message_versions",
    "epoch",
    "users",
    "user_changes",
    "conversations",
    "participants",
    "participant_state",
    "messages",
    "changes",
    "key_blocks",
    "message_counts",
    "blocks",
    "follows",
    "user_settings",
];

async fn each_thing_that_was_spoiled_is_found(bed: Bed) {
    lived_in(&bed).await;
    let keep = TABLES.map(|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table};")).concat();
    let put_back = TABLES
        .map(|table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};"))
        .concat()
        + "DELETE FROM outbox; DELETE FROM schedules; DELETE FROM change_marks; \
           DELETE FROM message_hidden; DELETE FROM mentions;";
    bed.execute(&keep).await;
    let mut missed = Vec::new();
    for (statement, rule) in SPOILT {
        bed.execute(&put_back).await;
        bed.execute(statement).await;
        let report = check(&bed).await;
        let found = report.rules.iter().find(|checked| checked.found > 0 && checked.name == *rule);
        if found.is_none_or(|checked| checked.example.is_none()) {
            missed.push(format!("{statement}: {rule} is not among {:?}", broken(&report)));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    bed.execute(&put_back).await;
    let report = check(&bed).await;
    assert_eq!(broken(&report), [], "what was put back is as it was");
    let names = report.rules.into_iter().map(|rule| rule.name);
    let never: Vec<_> =
        names.filter(|name| *name != "file" && !SPOILT.iter().any(|(_, rule)| rule == name)).collect();
    assert!(never.is_empty(), "nothing spoils what these look for: {never:?}");
}

async fn a_trimmed_stream_is_consistent(bed: Bed) {
    let room = lived_in(&bed).await;
    let facts = bed.facts(room).await;
    let ranges = [store::Overlong::conversation(facts.key, 0, 6)];
    bed.store.trim(store::Streams::Conversations, &ranges).await.unwrap();
    assert_eq!(broken(&check(&bed).await), []);
}

async fn what_is_no_database_is_not_judged(bed: Bed) {
    let nowhere = match &bed.url {
        DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(path.with_file_name("nothing.db")),
        DatabaseUrl::Postgres(_) => Database::empty().await.unwrap().url,
    };
    let error = Store::check(&nowhere, NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Config(_)), "{error}");
    if let DatabaseUrl::Sqlite(path) = &nowhere {
        assert!(!path.exists(), "a look makes no file");
    }
    let newer = "INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'x', 'x')";
    bed.execute(newer).await;
    let error = Store::check(&bed.url, NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::SchemaTooNew { found: 9999, .. }), "{error}");
}
