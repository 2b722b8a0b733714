//! Bringing a client from any past state to now.

use uuid::Uuid;

use crate::{
    ConversationId, MessageId, conversations::Conversation, details::DetailsChanged, messages::Message,
    participants::ParticipantChanged,
};

/// Which history a database holds: the numbers of streams mean something only within one. A restored backup has
/// another epoch than the database that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub Uuid);

/// What a client holds, or a part of it, and which conversations it asks about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// The history that it follows.
    pub epoch: Option<Epoch>,
    /// The number of the user's own last change that it has.
    pub user_rev: Option<i64>,
    /// What it has of the conversations that it asks about; absent: nothing.
    pub heads: Option<Vec<Head>>,
    /// It asks about conversations beyond this id.
    pub after: Option<ConversationId>,
    /// It asks about conversations up to this id, itself included; absent: up to the last.
    pub upto: Option<ConversationId>,
}

/// What a client holds of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// Which.
    pub conversation: ConversationId,
    /// The last change that it has.
    pub rev: i64,
}

/// One conversation that is not as the client has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncedConversation {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// How the client gets there.
    pub news: News,
    /// The numbers of messages that the user hid from himself since, in order.
    pub hidden: Vec<i64>,
}

impl SyncedConversation {
    /// Whether the client is told all of the conversation: what it holds and the changes do not lead to it.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        match &self.news {
            News::Unknown | News::Reset => true,
            News::Changes(changes) => {
                !self.hidden.is_empty()
                    || changes.iter().any(|change| matches!(change, Replayed::Hidden { .. }))
            }
        }
    }
}

/// What a client must do to hold a conversation as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Take the conversation as given; the client did not know it.
    Unknown,
    /// Apply these, in order.
    Changes(Vec<Replayed>),
    /// Drop what it holds and read afresh: too much happened, or the changes are no longer kept.
    Reset,
}

/// A change of a user's own stream, read back: of which kind it was, not what it said then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnChange {
    /// He gained the conversation.
    Joined,
    /// He read in it.
    Read,
    /// He left it, or was removed.
    Left,
    /// He hid a message of it from himself.
    Hidden {
        /// Which.
        id: MessageId,
        /// Its number.
        seq: i64,
    },
    /// He archived, muted, pinned, marked or deleted it for himself.
    State,
}

/// A change of a conversation's stream, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// A message was added.
    MessageNew(Message),
    /// A message is another now.
    MessageUpdated(Message),
    /// A message was unsent.
    MessageDeleted(Message),
    /// Somebody joined, left, or has another role.
    Participant(ParticipantChanged),
    /// The conversation has other details.
    Details(DetailsChanged),
    /// Somebody reacted to a message; who is not known any more.
    Reacted(Message),
    /// Something happened to what this user does not see.
    Hidden {
        /// Where.
        conversation_id: ConversationId,
        /// The number of the change.
        rev: i64,
    },
}

impl Replayed {
    /// The message that it is about, as it is now.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::MessageNew(message)
            | Self::MessageUpdated(message)
            | Self::MessageDeleted(message)
            | Self::Reacted(message) => Some(message),
            Self::Participant(_) | Self::Details(_) | Self::Hidden { .. } => None,
        }
    }
}
