//! What conversations are called and how they are kept, on the wire.

use chat::{conversations, details};
use protocol::{ConversationSettings, History, WhoMayAdd};

/// How a conversation is kept.
#[must_use]
pub fn settings(settings: &conversations::Settings) -> ConversationSettings {
    ConversationSettings {
        who_may_add: match settings.who_may_add {
            conversations::WhoMayAdd::Owner => WhoMayAdd::Owner,
            conversations::WhoMayAdd::Admins => WhoMayAdd::Admins,
            conversations::WhoMayAdd::Anyone => WhoMayAdd::Anyone,
        },
        history: match settings.history {
            conversations::History::All => History::All,
            conversations::History::SinceJoin => History::SinceJoin,
        },
        read_only: settings.read_only,
        slow_mode_s: settings.slow_mode_s,
    }
}

/// The event that tells of other details.
#[must_use]
pub fn updated(changed: &details::DetailsChanged) -> protocol::ConversationUpdated {
    let details::Details { name, description, avatar_url, settings } = changed.details.clone();
    protocol::ConversationUpdated {
        conversation_id: changed.conversation_id.to_string(),
        name,
        description,
        avatar_url,
        settings: self::settings(&settings),
        prev_rev: changed.rev - 1,
        rev: changed.rev,
    }
}
