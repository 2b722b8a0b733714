use serde::{Deserialize, Serialize};

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
}

/// `unread:changed`, to the reader's own devices: counts that they cannot know by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnreadChanged {
    /// Which conversation.
    pub conversation_id: String,
    /// The number of the last message read.
    pub read_seq: i64,
    /// The last message that was counted: messages beyond it are the client's to add.
    pub head_seq: i64,
    /// The last change of the conversation that was there then: what was deleted later is the client's to take off.
    pub head_rev: i64,
    /// How many messages of others wait beyond `read_seq`.
    pub unread: i64,
    /// The unread of all conversations together.
    pub total: i64,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}
