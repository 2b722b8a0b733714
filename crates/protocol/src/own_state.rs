use serde::{Deserialize, Serialize};

use crate::Time;

/// What a conversation is for the asker alone. All of it is his own: nobody else is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnState {
    /// He put it out of the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// He wants to see that something is left there. It counts nothing; reading takes it away.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked_unread: bool,
    /// He wants no notice of it before this; the year 9999: for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
    /// He pinned it, then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Time>,
    /// He deleted it up to this message: earlier ones are gone for him, and it is not listed before `head.seq` is greater.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_seq: Option<i64>,
}

impl OwnState {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// `state:set`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SetState {
    /// Which conversation.
    pub conversation_id: String,
    /// Put it out of the way, or back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Mark it as unread, or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_unread: Option<bool>,
    /// Pin it, or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Mute it, for good unless `muted_until` says until when; or no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Mute it until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
}

/// `PATCH …/state`: [`SetState`] without the conversation, which the path names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchState {
    /// As in `state:set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// As in `state:set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_unread: Option<bool>,
    /// As in `state:set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// As in `state:set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// As in `state:set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
}

/// `conversation:delete`: delete a conversation for oneself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteConversation {
    /// Which.
    pub id: String,
}

/// The answer to both: all of the state, as it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateSet {
    /// The state.
    pub state: OwnState,
}

/// `state:changed`, to the user's own devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StateChanged {
    /// Which conversation.
    pub conversation_id: String,
    /// All of the state, as it is from now on.
    pub state: OwnState,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}
