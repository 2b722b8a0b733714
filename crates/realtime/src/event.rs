use chat::{
    ConversationId, UserId,
    conversations::Conversation,
    details::DetailsChanged,
    hidden::Hidden,
    messages::Message,
    own_state::OwnState,
    participants::ParticipantChanged,
    privacy::PrivacyChange,
    receipts::{ReadMark, Receipt},
};

/// Something that was committed, as the domain says it; an [`Encoder`](crate::Encoder) puts it in the words of a
/// vocabulary.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message was added.
    MessageNew(Message),
    /// A message is another now.
    MessageUpdated(Message),
    /// A message was unsent.
    MessageDeleted(Message),
    /// Somebody joined a conversation, left it, or has another role in it.
    Participant(ParticipantChanged),
    /// A conversation has other details.
    ConversationUpdated(DetailsChanged),
    /// A user is not in a conversation any more.
    ConversationRemoved {
        /// Which.
        conversation_id: ConversationId,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// Somebody reacted to a message, or does no longer.
    ReactionChanged {
        /// The message.
        message: Message,
        /// Who, and all that he reacts with now; `None`: that is not known any more.
        by: Option<(UserId, Vec<String>)>,
    },
    /// A user gained a conversation.
    ConversationNew {
        /// As he sees it.
        conversation: Box<Conversation>,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// A user read, here or on another device.
    UnreadChanged {
        /// His mark and the counts that follow.
        mark: ReadMark,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// A user hid a message from himself, here or on another device.
    MessageHidden {
        /// Which.
        hidden: Hidden,
        /// His mark and the counts that follow.
        mark: ReadMark,
        /// The newest message that he sees from now on.
        last_message: Option<Message>,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// What a conversation is for a user alone is another now.
    StateChanged {
        /// Which.
        conversation_id: ConversationId,
        /// All of it.
        state: OwnState,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// A user decided who may reach him.
    PrivacyChanged {
        /// What he decided.
        change: PrivacyChange,
        /// The number of this change in his stream.
        user_rev: i64,
    },
    /// Somebody has come so far in a conversation.
    Receipt(Receipt),
    /// How far a stream has come, some time after it changed: for those who lost its last change.
    HeadsDigest(StreamHead),
}

impl Event {
    /// Whether it may be dropped for a connection that takes nothing: what it says is found out later, too.
    pub(crate) fn is_volatile(&self) -> bool {
        matches!(self, Self::HeadsDigest(_))
    }
}

/// How far a stream of changes has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamHead {
    /// A conversation's.
    Conversation {
        /// Which.
        id: ConversationId,
        /// The number of its last message.
        seq: i64,
        /// The number of its last change.
        rev: i64,
    },
    /// The own one of the user who is told.
    User {
        /// The number of his last change.
        user_rev: i64,
    },
}

impl StreamHead {
    /// The same, and no earlier message than the other one names: not every change knows the last message.
    pub(crate) fn with_seq_of(self, earlier: &Self) -> Self {
        match (self, *earlier) {
            (Self::Conversation { id, seq, rev }, Self::Conversation { seq: before, .. }) => {
                Self::Conversation { id, seq: seq.max(before), rev }
            }
            _ => self,
        }
    }

    /// The number of the last change.
    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::Conversation { rev, .. } => *rev,
            Self::User { user_rev } => *user_rev,
        }
    }
}
