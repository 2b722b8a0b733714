//! What conversations are called and how they are kept, and who sent when where that matters, for the statement that takes
//! plans of any kind.

use chat::details::UpdatedConversation;

use super::relation::relation;
use crate::codes;

relation!(Details as "new_details" {
    ord: i64 => "bigint", conversation: i64 => "bigint", name: Option<String> => "text",
    description: Option<String> => "text", avatar_url: Option<String> => "text", who_may_add: i64 => "bigint",
    history: i64 => "bigint", read_only: i64 => "bigint", slow_mode_s: i64 => "bigint",
});
relation!(Paced as "paced" {
    ord: i64 => "bigint", user_key: i64 => "bigint", conversation: i64 => "bigint", at: i64 => "bigint",
});

impl Details {
    pub(super) fn add(&mut self, ord: i64, updated: &UpdatedConversation) {
        let details = updated.details.clone();
        let settings = details.settings;
        self.push(
            ord,
            updated.conversation.0,
            details.name,
            details.description,
            details.avatar_url,
            codes::who_may_add(settings.who_may_add),
            codes::history(settings.history),
            i64::from(settings.read_only),
            settings.slow_mode_s,
        );
    }
}
