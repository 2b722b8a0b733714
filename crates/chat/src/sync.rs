//! Bringing a client from any past state to now.

use crate::{ConversationId, conversations::Conversation, messages::Message};

/// What a client holds of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// A change of a conversation's stream, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// A message was added.
    MessageNew(Message),
}
