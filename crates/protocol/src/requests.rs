use serde::{Deserialize, Serialize};

use crate::{Message, Time, User};

/// Somebody asks to write to the user, who takes first messages of some only. The user is not in the conversation before he
/// accepts, and nothing of him can be seen in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageRequest {
    /// The conversation that it is about.
    pub conversation_id: String,
    /// Who asks.
    pub user: User,
    /// Since when.
    pub created_at: Time,
}

/// A request with what was said so far, oldest first: at most `request_messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenedRequest {
    /// The request.
    #[serde(flatten)]
    pub request: MessageRequest,
    /// What was said.
    pub messages: Vec<Message>,
}

/// `request:accept` and `request:decline`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnswerRequest {
    /// The conversation that it is about.
    pub conversation_id: String,
}

/// `request:new`, to the user's own devices: somebody asks to write to him.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestNew {
    /// The request.
    #[serde(flatten)]
    pub request: MessageRequest,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}

/// `request:updated`, to the user's own devices: a request waits no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RequestUpdated {
    /// The conversation that it is about.
    pub conversation_id: String,
    /// Whether he accepted; else he declined, or blocked who asked.
    pub accepted: bool,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}
