//! Rows about who may reach whom, for the statement that takes plans of any kind.

use chat::privacy::{PrivacyGuard, PrivacyWrite};
use tokio_postgres::types::ToSql;

use super::relation::{Shape, relation};
use crate::codes;

relation!(RevGuards as "privacy_guards" {
    ord: i64 => "bigint", user_key: i64 => "bigint", privacy_rev: i64 => "bigint",
});
relation!(DirectGuards as "direct_guards" { ord: i64 => "bigint", direct_key: String => "text" });
relation!(RevCounts as "privacy_counts" { ord: i64 => "bigint", user_key: i64 => "bigint" });
relation!(MembersCounts as "members_counts" { ord: i64 => "bigint", conversation: i64 => "bigint" });
relation!(Blocks as "new_blocks" {
    ord: i64 => "bigint", user_key: i64 => "bigint", other: i64 => "bigint", since: Option<i64> => "bigint",
});
relation!(Follows as "new_follows" {
    ord: i64 => "bigint", user_key: i64 => "bigint", other: i64 => "bigint", since: Option<i64> => "bigint",
});
relation!(Settings as "new_settings" {
    ord: i64 => "bigint", user_key: i64 => "bigint", messaging_access: Option<i64> => "bigint",
    receipts: Option<i64> => "bigint",
});
relation!(Requests as "new_requests" {
    ord: i64 => "bigint", conversation: i64 => "bigint", requester: i64 => "bigint", recipient: i64 => "bigint",
    state: i64 => "bigint", at: i64 => "bigint",
});

/// In the order of the parameters.
pub(super) const SHAPES: [Shape; 8] = [
    RevGuards::SHAPE,
    DirectGuards::SHAPE,
    RevCounts::SHAPE,
    MembersCounts::SHAPE,
    Blocks::SHAPE,
    Follows::SHAPE,
    Settings::SHAPE,
    Requests::SHAPE,
];

/// What plans hold about privacy.
#[derive(Default)]
pub(super) struct PrivacyRows {
    rev_guards: RevGuards,
    direct_guards: DirectGuards,
    rev_counts: RevCounts,
    members_counts: MembersCounts,
    blocks: Blocks,
    follows: Follows,
    settings: Settings,
    requests: Requests,
}

impl PrivacyRows {
    pub(super) fn parameters<'a>(&'a self, out: &mut Vec<&'a (dyn ToSql + Sync)>) {
        self.rev_guards.parameters(out);
        self.direct_guards.parameters(out);
        self.rev_counts.parameters(out);
        self.members_counts.parameters(out);
        self.blocks.parameters(out);
        self.follows.parameters(out);
        self.settings.parameters(out);
        self.requests.parameters(out);
    }

    pub(super) fn guard(&mut self, ord: i64, guard: &PrivacyGuard) {
        match guard {
            PrivacyGuard::Rev { user, privacy_rev } => self.rev_guards.push(ord, user.0, *privacy_rev),
            PrivacyGuard::DirectAbsent { key } => self.direct_guards.push(ord, key.as_str().to_owned()),
        }
    }

    pub(super) fn write(&mut self, ord: i64, write: &PrivacyWrite) {
        match write {
            PrivacyWrite::Rev { user } => self.rev_counts.push(ord, user.0),
            PrivacyWrite::MembersRev { conversation } => self.members_counts.push(ord, conversation.0),
            PrivacyWrite::Block { user, other, since } => {
                self.blocks.push(ord, user.0, other.0, since.map(|since| since.0));
            }
            PrivacyWrite::Follow { user, other, since } => {
                self.follows.push(ord, user.0, other.0, since.map(|since| since.0));
            }
            PrivacyWrite::Settings { user, chosen } => {
                let access = chosen.messaging_access.map(codes::messaging_access);
                self.settings.push(ord, user.0, access, chosen.receipts.map(i64::from));
            }
            PrivacyWrite::Request { conversation, requester, recipient, state, at } => {
                let state = codes::request_state(*state);
                self.requests.push(ord, conversation.0, requester.0, recipient.0, state, at.0);
            }
        }
    }
}
