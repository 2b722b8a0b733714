use serde::{Deserialize, Serialize};

use crate::{Note, Time};

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

/// A message as it is now; also the payload of `message:new`, `message:updated` and `message:deleted`.
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
    /// What a message of kind `system` says, instead of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// When, by the server's clock.
    pub created_at: Time,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Time>,
    /// When it was unsent; it has no text from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// The message that it answers, as that one is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// What people reacted with, in the order of the first of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Mentions>,
}

/// Whom a message names: people of its conversation, or all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mentions {
    /// Users' ids; together with `all` at most `mentions_per_message`. The text says `@` and the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
    /// Everybody in the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
}

/// How often people reacted with an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// By how many.
    pub count: i64,
    /// In answers: the asker is one of them. Events do not say.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mine: bool,
}

/// `message:react`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactMessage {
    /// Where it is.
    pub conversation_id: String,
    /// Which.
    pub id: String,
    /// With which emoji.
    pub emoji: String,
    /// False: no longer.
    pub on: bool,
}

/// `POST …/messages/{id}/reactions`: [`ReactMessage`] without what the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostReaction {
    /// As in `message:react`.
    pub emoji: String,
    /// As in `message:react`.
    pub on: bool,
}

/// `reaction:changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionChanged {
    /// Where it is.
    pub conversation_id: String,
    /// Which message.
    pub id: String,
    /// Its number in the conversation.
    pub seq: i64,
    /// The number of the conversation's change before `rev`.
    pub prev_rev: i64,
    /// The number of this change.
    pub rev: i64,
    /// Who reacted; absent: that is not known any more, and who wants to know syncs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// All that he reacts with now.
    pub emojis: Vec<String>,
    /// The sums as they are now.
    pub reactions: Vec<Reaction>,
}

/// A message that another one answers, as it is shown there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quote {
    /// Its id.
    pub id: String,
    /// Its number in the same conversation.
    pub seq: i64,
    /// Who wrote it.
    pub sender_id: String,
    /// The first 200 characters of its text; absent: it was unsent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// `message:edit`: give a message of yours another text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditMessage {
    /// Where it is.
    pub conversation_id: String,
    /// Which.
    pub id: String,
    /// The text from now on; at most `message_body_bytes`.
    pub body: String,
}

/// `PATCH …/messages/{id}`: [`EditMessage`] without what the path names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchMessage {
    /// As in `message:edit`.
    pub body: String,
}

/// For whom a message is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeleteFor {
    /// It is unsent: nobody sees any more what it said. Only its writer can do that.
    Everyone,
    /// The user does not see it any more, on none of his devices. For others nothing changes.
    Me,
}

/// `message:delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeleteMessage {
    /// Where it is.
    pub conversation_id: String,
    /// Which.
    pub id: String,
    /// For whom.
    pub r#for: DeleteFor,
}

/// The answer to `message:delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deleted {
    /// What is left of the message; absent: it was deleted for the asker alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// `message:hidden`: the user deleted a message for himself. He does not see it any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageHidden {
    /// Where it is.
    pub conversation_id: String,
    /// Which.
    pub id: String,
    /// Its number in the conversation.
    pub seq: i64,
    /// The newest message that the user sees from now on; absent: he sees none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
    /// As in `unread:changed`.
    pub read_seq: i64,
    /// As in `unread:changed`.
    pub head_seq: i64,
    /// As in `unread:changed`.
    pub head_rev: i64,
    /// As in `unread:changed`: what is hidden is not counted.
    pub unread: i64,
    /// As in `unread:changed`.
    #[serde(default, skip_serializing_if = "crate::is_zero")]
    pub mentions: i64,
    /// As in `unread:changed`.
    pub total: i64,
    /// The number of the user's own change before this one.
    pub prev_user_rev: i64,
    /// The number of this change in the user's own stream.
    pub user_rev: i64,
}

/// `message:versions`, newest first: what a message said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListVersions {
    /// Where it is.
    pub conversation_id: String,
    /// Which.
    pub id: String,
    /// From the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many; clamped to `page_items_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// A text that a message had before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageVersion {
    /// The text.
    pub body: String,
    /// When it was written.
    pub written_at: Time,
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
    /// The id of a message of the same conversation that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whom it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Mentions>,
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
    /// As in `message:send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// As in `message:send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Mentions>,
}

/// The answer to `message:send` and `message:edit`.
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
