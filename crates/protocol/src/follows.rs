use serde::{Deserialize, Serialize};

use crate::User;

/// Somebody, and what is between him and the asker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Profile {
    /// Who.
    pub user: User,
    /// Whether the asker follows him.
    pub following: bool,
    /// Whether he follows the asker.
    pub followed: bool,
    /// Whether the asker blocks him.
    pub blocked: bool,
}

/// Whose first message a user takes: who may start a direct conversation with him, or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessagingAccess {
    /// Anybody's.
    Everyone,
    /// Of those who follow him.
    Followers,
    /// Of those who follow him and whom he follows.
    Mutual,
    /// Nobody's.
    Nobody,
}

/// One's own settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Whose first message is taken.
    pub messaging_access: MessagingAccess,
    /// Whether others see how far you have read, and you how far they have.
    pub receipts: bool,
}

/// What is to be different in one's own settings. What is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSettings {
    /// Whose first message is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_access: Option<MessagingAccess>,
    /// Whether others see how far you have read, and you how far they have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<bool>,
}

/// `settings:changed`, to the user's own devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SettingsChanged {
    /// The settings as they are now.
    #[serde(flatten)]
    pub settings: Settings,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}
