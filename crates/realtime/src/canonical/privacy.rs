//! What a user decides about who may reach him, on the wire.

use chat::{
    follows::Relation,
    privacy::PrivacyChange,
    settings::{MessagingAccess, UserSettings},
};
use protocol::events;

use super::{accounts, json, requests};
use crate::Encoded;

/// The event that tells a user's devices what he decided.
///
/// # Errors
/// When it cannot be written as JSON.
pub(super) fn encode(change: &PrivacyChange, user_rev: i64) -> Result<Encoded, serde_json::Error> {
    let prev_user_rev = user_rev - 1;
    match change {
        PrivacyChange::Block { other_id, blocked, .. } => {
            let user_id = other_id.to_string();
            let event = protocol::BlockChanged { user_id, blocked: *blocked, prev_user_rev, user_rev };
            json(events::BLOCK_CHANGED, &event)
        }
        PrivacyChange::Request(request) => requests::encode(request, user_rev),
        PrivacyChange::Settings(settings) => {
            let settings = self::settings(*settings);
            let event = protocol::SettingsChanged { settings, prev_user_rev, user_rev };
            json(events::SETTINGS_CHANGED, &event)
        }
    }
}

/// What is between somebody and the asker.
#[must_use]
pub fn profile(relation: &Relation) -> protocol::Profile {
    protocol::Profile {
        user: accounts::user(&relation.other),
        following: relation.following,
        followed: relation.followed,
        blocked: relation.blocks,
    }
}

/// One's own settings.
#[must_use]
pub fn settings(settings: UserSettings) -> protocol::Settings {
    let messaging_access = match settings.messaging_access {
        MessagingAccess::Everyone => protocol::MessagingAccess::Everyone,
        MessagingAccess::Followers => protocol::MessagingAccess::Followers,
        MessagingAccess::Mutual => protocol::MessagingAccess::Mutual,
        MessagingAccess::Nobody => protocol::MessagingAccess::Nobody,
    };
    protocol::Settings { messaging_access, receipts: settings.receipts }
}
