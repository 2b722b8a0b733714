use serde::{Deserialize, Serialize};

use crate::{ConversationSettings, Message, OwnState, Time, User};

/// What kind of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConversationKind {
    /// Two users; at most one per pair.
    Direct,
    /// A named group.
    Group,
}

/// What a participant may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, transfer included.
    Owner,
    /// Manages people and settings.
    Admin,
    /// Keeps order.
    Moderator,
    /// Reads and writes.
    Member,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Participant {
    /// Who.
    pub user: User,
    /// As what.
    pub role: Role,
}

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Head {
    /// The number of its last message; 0 when there is none.
    pub seq: i64,
    /// The number of its last change; 0 when there is none.
    pub rev: i64,
}

/// A conversation as the asker sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// A UUID.
    pub id: String,
    /// What kind.
    pub kind: ConversationKind,
    /// A group's name; a direct conversation shows the other participant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// A group's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// How it is kept.
    pub settings: ConversationSettings,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Time,
    /// Who is in it, in the order of joining.
    pub participants: Vec<Participant>,
    /// How far it has come.
    pub head: Head,
    /// The newest message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// The last message's time, or when it was made.
    pub last_activity_at: Time,
    /// How many messages of others the asker has not read.
    pub unread: i64,
    /// How many of these mention him; absent: none.
    #[serde(default, skip_serializing_if = "crate::is_zero")]
    pub mentions: i64,
    /// Up to where nothing is unread: what he has read, and what came before he joined or is deleted for him.
    pub read_seq: i64,
    /// The numbers of messages beyond `read_seq` that he deleted for himself: they are not in `unread`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<i64>,
    /// What it is for the asker alone; absent when he has set nothing.
    #[serde(default, skip_serializing_if = "OwnState::is_plain")]
    pub state: OwnState,
    /// Whom the asker wants to write to here, and who has not accepted. He is no participant; when he becomes one, this is
    /// gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<User>,
}

/// `conversation:new`: the user is in a conversation now that he was not in before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationNew {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}

/// `conversation:create`, and the body of `POST /conversations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "AnyConversation")]
pub enum CreateConversation {
    /// Get or create the direct conversation with somebody.
    Direct {
        /// With whom.
        user_id: String,
    },
    /// Create a group; the caller owns it.
    Group {
        /// Its name; at most `name_chars`.
        name: String,
        /// Who is in it beside the caller.
        user_ids: Vec<String>,
    },
}

/// What any kind is made of: read first, so that a field of the wrong type is named, which serde cannot do for a
/// tagged choice.
#[derive(Deserialize)]
struct AnyConversation {
    kind: ConversationKind,
    user_id: Option<String>,
    name: Option<String>,
    user_ids: Option<Vec<String>>,
}

impl TryFrom<AnyConversation> for CreateConversation {
    type Error = String;

    fn try_from(any: AnyConversation) -> Result<Self, String> {
        fn given<T>(value: Option<T>, field: &str) -> Result<T, String> {
            value.ok_or_else(|| format!("missing field `{field}`"))
        }
        Ok(match any.kind {
            ConversationKind::Direct => Self::Direct { user_id: given(any.user_id, "user_id")? },
            ConversationKind::Group => {
                Self::Group { name: given(any.name, "name")?, user_ids: given(any.user_ids, "user_ids")? }
            }
        })
    }
}

/// The answer to `conversation:create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationCreated {
    /// The conversation.
    pub conversation: Conversation,
    /// False for a direct conversation that was there before.
    pub created: bool,
}

/// `conversation:list`: newest activity first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListConversations {
    /// From the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many; clamped to `page_items_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}
