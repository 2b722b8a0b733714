use serde::{Deserialize, Serialize};

use crate::{Conversation, Participant, Role};

/// `participant:joined`: somebody is in a conversation now, after all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParticipantJoined {
    /// Where.
    pub conversation_id: String,
    /// Who, and as what.
    pub participant: Participant,
    /// The number of the conversation's change before this one.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
}

/// `participant:left`: somebody left, or was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParticipantLeft {
    /// Where.
    pub conversation_id: String,
    /// Who.
    pub user_id: String,
    /// The number of the conversation's change before this one.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
}

/// `participant:updated`: somebody has another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParticipantUpdated {
    /// Where.
    pub conversation_id: String,
    /// Who.
    pub user_id: String,
    /// As what, from now on.
    pub role: Role,
    /// The number of the conversation's change before this one.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
}

/// `conversation:removed`: the user is not in this conversation any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationRemoved {
    /// Which.
    pub conversation_id: String,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}

/// `participant:add`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddParticipants {
    /// Where.
    pub conversation_id: String,
    /// Who. Those who are in it already stay as they are.
    pub user_ids: Vec<String>,
}

/// `POST …/participants`: [`AddParticipants`] without the conversation, which the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostParticipants {
    /// As in `participant:add`.
    pub user_ids: Vec<String>,
}

/// `participant:remove`; of oneself: leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveParticipant {
    /// Where.
    pub conversation_id: String,
    /// Whom.
    pub user_id: String,
}

/// `participant:update`: give a role. With `owner` the caller gives the group away, and is an admin from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpdateParticipant {
    /// Where.
    pub conversation_id: String,
    /// Whose.
    pub user_id: String,
    /// Which.
    pub role: Role,
}

/// `PATCH …/participants/{user_id}`: [`UpdateParticipant`] without what the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchParticipant {
    /// As in `participant:update`.
    pub role: Role,
}

/// The answer to what changes a conversation: as it is afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationChanged {
    /// The conversation.
    pub conversation: Conversation,
}

/// An answer that only says that it was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Nothing {}

/// What a message of kind `system` says. Who did it is its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// What happened.
    pub event: NoteEvent,
    /// Whom it is about: who was added or removed, has another role or owns it now; who follows an owner that left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
    /// The new role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What was changed: `name`, `description`, `avatar_url`, `settings`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The new name, if that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What happened, in a message of kind `system`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteEvent {
    /// The sender added these.
    Added,
    /// The sender removed this one.
    Removed,
    /// The sender left.
    Left,
    /// The sender gave this one another role.
    RoleChanged,
    /// The sender made this one the owner.
    OwnerChanged,
    /// The sender changed these of the conversation's details.
    Updated,
}
