use serde::{Deserialize, Serialize};

use crate::Time;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// What somebody wrote.
    Text,
    /// What Parlor says of the conversation; never unread.
    System,
}

/// A message; also the payload of `message:new`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The UUID that its writer gave it.
    pub id: String,
    /// Where it is.
    pub conversation_id: String,
    /// Its number in the conversation, from 1, without a gap. Sort by it.
    pub seq: i64,
    /// The number of the conversation's change before `rev`: who has another one missed something.
    pub prev_rev: i64,
    /// The number of the conversation's change that last touched it.
    pub rev: i64,
    /// Who wrote it.
    pub sender_id: String,
    /// What it is.
    pub kind: MessageKind,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When, by the server's clock.
    pub created_at: Time,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Time>,
}

/// `message:send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendMessage {
    /// Where to.
    pub conversation_id: String,
    /// A UUID of the client's making (UUIDv7 is best): the same id sent again is never a second message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The text; at most `message_body_bytes`.
    pub body: String,
}

/// `POST …/messages`: [`SendMessage`] without the conversation, which the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostMessage {
    /// As in `message:send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// As in `message:send`.
    pub body: String,
}

/// The answer to `message:send`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sent {
    /// The message as it is stored.
    pub message: Message,
}

/// `message:list`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListMessages {
    /// Of which conversation.
    pub conversation_id: String,
    /// Only messages before this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_seq: Option<i64>,
    /// Only messages after this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_seq: Option<i64>,
    /// From the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many; clamped to `page_items_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}
