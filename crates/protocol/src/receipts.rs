use serde::{Deserialize, Serialize};

use crate::{Time, User};

/// `conversation:read`: "I have read up to here". Beyond the head counts as the head; backwards moves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkRead {
    /// Which conversation.
    pub id: String,
    /// The number of the last message read.
    pub seq: i64,
}

/// `POST …/read`: [`MarkRead`] without the conversation, which the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostRead {
    /// The number of the last message read.
    pub seq: i64,
}

/// The answer to reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadState {
    /// The number of the last message read.
    pub read_seq: i64,
    /// How many messages of others wait beyond.
    pub unread: i64,
    /// How many of these mention the reader; absent: none.
    #[serde(default, skip_serializing_if = "crate::is_zero")]
    pub mentions: i64,
}

/// `unread:changed`, to the reader's own devices: counts that they cannot know by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadChanged {
    /// Which conversation.
    pub conversation_id: String,
    /// Up to where nothing is unread.
    pub read_seq: i64,
    /// The last message that was counted: messages beyond it are the client's to add.
    pub head_seq: i64,
    /// The last change of the conversation that was there then: what was deleted later is the client's to take off.
    pub head_rev: i64,
    /// How many messages of others wait beyond `read_seq`.
    pub unread: i64,
    /// How many of these mention the reader; absent: none.
    #[serde(default, skip_serializing_if = "crate::is_zero")]
    pub mentions: i64,
    /// The unread of all conversations together.
    pub total: i64,
    /// Whether the user marked it as unread; this counts nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked_unread: bool,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}

/// `conversation:delivered`: "this has reached my device", in a direct conversation. Beyond the head counts as the head;
/// backwards moves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MarkDelivered {
    /// Which conversation.
    pub id: String,
    /// The number of the last message that came.
    pub seq: i64,
}

/// `POST …/delivered`: [`MarkDelivered`] without the conversation, which the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostDelivered {
    /// The number of the last message that came.
    pub seq: i64,
}

/// The answer to `conversation:delivered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveredState {
    /// The number up to which messages have come.
    pub delivered_seq: i64,
}

/// `receipt:delivered` and `receipt:read`: somebody has come as far as this message. In no stream: such marks only grow,
/// and of two the greater holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Which conversation.
    pub conversation_id: String,
    /// Who.
    pub user_id: String,
    /// The number of the last message that came, or that he read.
    pub seq: i64,
    /// When.
    pub at: Time,
}

/// How far somebody has come, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mark {
    /// The number of a message: this one and all before it.
    pub seq: i64,
    /// When it became so.
    pub at: Time,
}

/// How far another participant has come. What he does not show is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiptState {
    /// Who.
    pub user_id: String,
    /// What has reached him; direct conversations only. What he read has reached him too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Mark>,
    /// What he has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Mark>,
}

/// Somebody whom a message has reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeenBy {
    /// Who.
    pub user: User,
    /// When it reached him, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    /// When he read it, if he has. In a conversation of more than `receipt_members`: when he last read in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Time>,
}
