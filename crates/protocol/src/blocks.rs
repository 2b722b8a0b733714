use serde::{Deserialize, Serialize};

use crate::User;

/// `user:block` and `user:unblock`: nothing more of this person, or again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockUser {
    /// Whom.
    pub user_id: String,
}

/// The answer to blocking and unblocking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockState {
    /// Whom it is about.
    pub user: User,
    /// Whether he is blocked now.
    pub blocked: bool,
}

/// `block:changed`, to the user's own devices. The other one is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockChanged {
    /// Whom it is about.
    pub user_id: String,
    /// Whether he is blocked now.
    pub blocked: bool,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}
