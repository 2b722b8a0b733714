use chat::{conversations::Conversation, messages::Message, receipts::ReadMark};

/// Something that was committed, as the domain says it; an [`Encoder`](crate::Encoder) puts it in the words of a
/// vocabulary.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message was added.
    MessageNew(Message),
    /// A user gained a conversation.
    ConversationNew {
        /// As he sees it.
        conversation: Conversation,
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
}
