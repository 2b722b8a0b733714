use serde::{Deserialize, Serialize};

/// Who may add people to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhoMayAdd {
    /// Its owner.
    Owner,
    /// Its owner and admins.
    Admins,
    /// Everybody in it.
    Anyone,
}

/// Which messages somebody sees who is added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum History {
    /// All there are.
    All,
    /// Those from then on.
    SinceJoin,
}

/// How a conversation is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationSettings {
    /// Who may add people.
    pub who_may_add: WhoMayAdd,
    /// What new members see.
    pub history: History,
    /// Only moderators and above may write.
    pub read_only: bool,
    /// How many seconds a member waits between two messages; 0: none.
    pub slow_mode_s: i64,
}

/// `conversation:update`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateConversation {
    /// Which.
    pub id: String,
    /// Another name; at most `name_chars`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about; at most `description_chars`. An empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A picture; at most `url_bytes`. An empty text takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Who may add people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who_may_add: Option<WhoMayAdd>,
    /// Only moderators and above may write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// How many seconds a member waits between two messages; 0: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_s: Option<i64>,
}

/// `PATCH …`: [`UpdateConversation`] without the conversation, which the path names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchConversation {
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who_may_add: Option<WhoMayAdd>,
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// As in `conversation:update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_mode_s: Option<i64>,
}

/// `conversation:updated`: what a conversation is called, and how it is kept, from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationUpdated {
    /// Which.
    pub conversation_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about; absent: nothing is said of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A picture; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// How it is kept.
    pub settings: ConversationSettings,
    /// The number of the conversation's change before this one.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
}
