use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Conversation, ConversationUpdated, Head, Message, MessageRequest, OwnState, ParticipantJoined,
    ParticipantLeft, ParticipantUpdated, Settings,
};

/// `sync`: from what a client holds to what is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sync {
    /// The number of the user's own last change that the client has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_rev: Option<i64>,
    /// The `epoch` of the answers that the client's numbers came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// The `rev` that the client has of each conversation beyond `cursor` and up to `upto`; absent: it has none of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<BTreeMap<String, i64>>,
    /// From the answer before: the id of a conversation. Asks about those beyond it. `epoch` and `user_rev` must be as
    /// they were then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The greatest id in `heads`, when the client holds more conversations beyond. Asks about those up to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upto: Option<String>,
}

/// The answer to `sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Synced {
    /// Which history the server's numbers are of. It changes when a backup is restored.
    pub epoch: String,
    /// The number of the user's own last change. Over several answers, keep the first one's.
    pub user_rev: i64,
    /// What the client holds is of another history, or too old to be brought up to date: drop all of it and ask again
    /// with nothing. `conversations` is empty then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// Whom the user blocks, all of them; absent when that is as the client has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Vec<String>>,
    /// The requests that wait for the user, all of them, the newest first; absent when they are as the client has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<Vec<MessageRequest>>,
    /// The user's settings; absent when they are as the client has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// What is not as the client has it.
    pub conversations: Vec<SyncedConversation>,
    /// Conversations that the client holds and the user is not in any more, by id: drop them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// There is more: ask again with this. The answers so far were about conversations up to this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// One conversation that is not as the client has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncedConversation {
    /// Which.
    pub id: String,
    /// How far it has come.
    pub head: Head,
    /// Up to where nothing is unread.
    pub read_seq: i64,
    /// How many messages of others wait beyond.
    pub unread: i64,
    /// How many of these mention the user; absent: none.
    #[serde(default, skip_serializing_if = "crate::is_zero")]
    pub mentions: i64,
    /// What it is for the user alone; absent when he has set nothing.
    #[serde(default, skip_serializing_if = "OwnState::is_plain")]
    pub state: OwnState,
    /// The conversation as it is, when the client did not know it, must begin afresh, or does not see what happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// The numbers of messages that the user deleted for himself since: drop them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<i64>,
    /// What happened since, in order: the same events as live ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Replayed>>,
    /// Drop what is held of this conversation and read its history again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
}

/// A live event, told later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", content = "data")]
pub enum Replayed {
    /// As `message:new`.
    #[serde(rename = "message:new")]
    MessageNew(Message),
    /// As `message:updated`.
    #[serde(rename = "message:updated")]
    MessageUpdated(Message),
    /// As `message:deleted`.
    #[serde(rename = "message:deleted")]
    MessageDeleted(Message),
    /// As `conversation:updated`.
    #[serde(rename = "conversation:updated")]
    ConversationUpdated(ConversationUpdated),
    /// As `participant:joined`.
    #[serde(rename = "participant:joined")]
    ParticipantJoined(ParticipantJoined),
    /// As `participant:left`.
    #[serde(rename = "participant:left")]
    ParticipantLeft(ParticipantLeft),
    /// As `participant:updated`.
    #[serde(rename = "participant:updated")]
    ParticipantUpdated(ParticipantUpdated),
    /// Something happened to what this user does not see.
    #[serde(rename = "change:hidden")]
    ChangeHidden(ChangeHidden),
}

/// `change:hidden`: a change of a conversation that says nothing to this user; it only counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeHidden {
    /// Where.
    pub conversation_id: String,
    /// The number of the conversation's change before `rev`.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
}

/// An item of `heads:digest`, a list: how far a stream has come, told some time after its last change. Whoever has not
/// come as far has lost something and syncs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum StreamHead {
    /// Of a conversation.
    Conversation {
        /// Which.
        conversation_id: String,
        /// The number of its last message; 0 when there is none.
        seq: i64,
        /// The number of its last change.
        rev: i64,
    },
    /// Of the user's own stream.
    User {
        /// The number of the user's own last change.
        user_rev: i64,
    },
}

/// `server:draining`: the node is going away. Connect again at a moment of your choice within this time, so that not
/// all clients come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Draining {
    /// Within how many milliseconds.
    pub reconnect_in_ms: u64,
}
