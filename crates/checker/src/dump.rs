//! What the database holds, read past the server.

use std::collections::HashMap;

use crate::Message;

/// All that is judged.
#[derive(Debug, Clone, Default)]
pub struct Dump {
    /// Every conversation.
    pub conversations: Vec<Conversation>,
    /// Every user.
    pub users: Vec<User>,
}

/// A conversation's rows.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// The last message, as its row counts.
    pub last_seq: u64,
    /// The last change, as its row counts.
    pub last_rev: u64,
    /// Changes up to this one were trimmed.
    pub trimmed_to: u64,
    /// Its messages, by `seq` as stored.
    pub messages: Vec<Row>,
    /// The numbers of its changes, ascending.
    pub changes: Vec<u64>,
    /// Who is in it.
    pub members: Vec<Member>,
}

/// A stored message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The message.
    pub message: Message,
    /// Whether it can be unread: written by a user and not deleted.
    pub counts: bool,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// His id.
    pub user: String,
    /// Messages from this one on are his to read.
    pub joined_seq: u64,
    /// The last one that he has read.
    pub read_seq: u64,
    /// What the server says is unread; absent where it was not asked.
    pub unread: Option<u64>,
}

/// A user's stream.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// His id.
    pub id: String,
    /// The last change, as his row counts.
    pub last_user_rev: u64,
    /// Changes up to this one were trimmed.
    pub trimmed_to: u64,
    /// The numbers of his changes, ascending.
    pub changes: Vec<u64>,
}

impl Dump {
    /// Messages by conversation and id. Of two with the same id the first is kept: that there are two is found elsewhere.
    pub(crate) fn by_id(&self) -> HashMap<(&str, &str), &Message> {
        let mut all = HashMap::new();
        for row in self.conversations.iter().flat_map(|conversation| &conversation.messages) {
            let message = &row.message;
            all.entry((message.conversation.as_str(), message.id.as_str())).or_insert(message);
        }
        all
    }
}
