//! What happened, as clients saw it.

/// What clients did and were told, in the order in which one observer noted it. An invocation is noted before it is
/// sent and an answer after it came: so of two entries, the first happened before the second wherever it matters.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The user of each client; a client is its place here.
    pub users: Vec<String>,
    /// Oldest first.
    pub entries: Vec<Entry>,
}

/// One thing that a client did or was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which client.
    pub client: usize,
    /// What it was.
    pub what: What,
}

/// What a client can do and be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It has a new connection. Events begin anew.
    Connected,
    /// It is about to send. One that gets no answer may have been stored or not.
    Invoked {
        /// Which attempt this is; no two have the same.
        attempt: u64,
        /// The conversation's id.
        conversation: String,
        /// The message's id. Attempts with the same id are retries.
        id: String,
        /// The text.
        body: String,
    },
    /// An attempt was acknowledged with this message.
    Acknowledged {
        /// Which attempt.
        attempt: u64,
        /// The message as it was acknowledged.
        message: Message,
    },
    /// An attempt was refused for certain: it wrote nothing.
    Refused {
        /// Which attempt.
        attempt: u64,
    },
    /// A live event came.
    Event {
        /// The number of the change before, in the conversation.
        prev_rev: u64,
        /// The message.
        message: Message,
    },
    /// It was told that events were dropped for it.
    SyncNeeded,
    /// It asked what it had missed since what it holds.
    Synced(Vec<Synced>),
    /// It read a conversation's whole history.
    Fetched {
        /// The conversation's id.
        conversation: String,
        /// All messages there are.
        messages: Vec<Message>,
    },
    /// It is connected, has synced, and nothing happens any more: it must know everything now.
    Settled,
}

/// What `sync` said of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// The conversation's id.
    pub conversation: String,
    /// Its last change.
    pub head_rev: u64,
    /// What was held of it is to be dropped and its history read.
    pub reset: bool,
    /// The messages of its changes since what was held.
    pub messages: Vec<Message>,
}

/// A message, wherever it shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The conversation's id.
    pub conversation: String,
    /// Its id.
    pub id: String,
    /// Its number in the conversation.
    pub seq: u64,
    /// The number of the change that it is.
    pub rev: u64,
    /// The user who sent it.
    pub sender: String,
    /// Its text.
    pub body: String,
}

impl History {
    /// Every message that somebody was told of, with where.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&'static str, &Message)> {
        self.entries.iter().flat_map(|entry| {
            let (how, messages): (_, &[Message]) = match &entry.what {
                What::Acknowledged { message, .. } => ("acknowledged", std::slice::from_ref(message)),
                What::Event { message, .. } => ("told as an event", std::slice::from_ref(message)),
                What::Fetched { messages, .. } => ("read", messages),
                What::Synced(conversations) => {
                    return Told::Many(conversations.iter().flat_map(|synced| &synced.messages));
                }
                _ => ("", &[]),
            };
            Told::Few(messages.iter().map(move |message| (how, message)))
        })
    }
}

/// Both kinds of iterator that [`History::told`] joins.
enum Told<A, B> {
    Few(A),
    Many(B),
}

impl<'a, A, B> Iterator for Told<A, B>
where
    A: Iterator<Item = (&'static str, &'a Message)>,
    B: Iterator<Item = &'a Message>,
{
    type Item = (&'static str, &'a Message);
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(few) => few.next(),
            Self::Many(many) => many.next().map(|message| ("told by sync", message)),
        }
    }
}
