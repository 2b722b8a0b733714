//! Rows about who may reach whom.

use chat::privacy::{PrivacyGuard, PrivacyWrite};
use rusqlite::{Connection, Result};

use super::apply::{execute, first};
use crate::codes;

const PRIVACY_REV: &str = "SELECT privacy_rev FROM users WHERE key = ?1";
const DIRECT_PRESENT: &str = "SELECT 1 FROM conversations WHERE direct_key = ?1";
const COUNT_PRIVACY: &str = "UPDATE users SET privacy_rev = privacy_rev + 1 WHERE key = ?1";
const COUNT_MEMBERS: &str = "UPDATE conversations SET members_rev = members_rev + 1 WHERE key = ?1";
const INSERT_BLOCK: &str = "INSERT INTO blocks (user_key, other, since) VALUES (?1, ?2, ?3) \
     ON CONFLICT (user_key, other) DO NOTHING";
const DELETE_BLOCK: &str = "DELETE FROM blocks WHERE user_key = ?1 AND other = ?2";
const INSERT_FOLLOW: &str = "INSERT INTO follows (user_key, other, since) VALUES (?1, ?2, ?3) \
     ON CONFLICT (user_key, other) DO NOTHING";
const DELETE_FOLLOW: &str = "DELETE FROM follows WHERE user_key = ?1 AND other = ?2";
const CHOOSE: &str = "INSERT INTO user_settings (user_key, messaging_access, receipts) VALUES (?1, ?2, ?3) \
     ON CONFLICT (user_key) DO UPDATE SET messaging_access = excluded.messaging_access, receipts = excluded.receipts";
const PUT_REQUEST: &str = "INSERT INTO message_requests (conversation, requester, recipient, state, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (conversation) DO UPDATE SET state = excluded.state, answered_at = ?5";

/// Every text above, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[
    PRIVACY_REV,
    DIRECT_PRESENT,
    COUNT_PRIVACY,
    COUNT_MEMBERS,
    INSERT_BLOCK,
    DELETE_BLOCK,
    INSERT_FOLLOW,
    DELETE_FOLLOW,
    CHOOSE,
    PUT_REQUEST,
];

pub(super) fn holds(connection: &Connection, guard: &PrivacyGuard) -> Result<bool> {
    match guard {
        PrivacyGuard::Rev { user, privacy_rev } => {
            Ok(first(connection, PRIVACY_REV, [user.0])? == Some(*privacy_rev))
        }
        PrivacyGuard::DirectAbsent { key } => {
            Ok(first(connection, DIRECT_PRESENT, [key.as_str()])?.is_none())
        }
    }
}

pub(super) fn write(connection: &Connection, write: &PrivacyWrite) -> Result<()> {
    match write {
        PrivacyWrite::Rev { user } => execute(connection, COUNT_PRIVACY, [user.0]),
        PrivacyWrite::MembersRev { conversation } => execute(connection, COUNT_MEMBERS, [conversation.0]),
        PrivacyWrite::Block { user, other, since: Some(since) } => {
            execute(connection, INSERT_BLOCK, [user.0, other.0, since.0])
        }
        PrivacyWrite::Block { user, other, since: None } => {
            execute(connection, DELETE_BLOCK, [user.0, other.0])
        }
        PrivacyWrite::Follow { user, other, since: Some(since) } => {
            execute(connection, INSERT_FOLLOW, [user.0, other.0, since.0])
        }
        PrivacyWrite::Follow { user, other, since: None } => {
            execute(connection, DELETE_FOLLOW, [user.0, other.0])
        }
        PrivacyWrite::Settings { user, chosen } => {
            let access = chosen.messaging_access.map(codes::messaging_access);
            execute(connection, CHOOSE, (user.0, access, chosen.receipts.map(i64::from)))
        }
        PrivacyWrite::Request { conversation, requester, recipient, state, at } => {
            let row = [conversation.0, requester.0, recipient.0, codes::request_state(*state), at.0];
            execute(connection, PUT_REQUEST, row)
        }
    }
}
