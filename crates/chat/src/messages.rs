//! Messages: the reference slice, which `docs/adding-a-feature.md` walks through.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId, Plan, Timestamp,
    UserId, UserKey, Write,
    conversations::ConversationFacts,
    extras::Extras,
    mentions::{self, Between, Mentioned},
    notes::Note,
    refusal::{Field, Limit, Refusal},
    text::is_blank,
};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// What somebody wrote.
    Text,
    /// What Parlor says of the conversation; never unread.
    System,
}

/// Text that somebody wrote: not blank, valid, at most `message_body_bytes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageBody(Arc<str>);

impl MessageBody {
    /// Checks length, and that there is something to read: white space and invisible characters alone are not.
    ///
    /// # Errors
    /// `invalid` for an empty body, `too_large` beyond `message_body_bytes`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        if text.len() > limits.message_body_bytes {
            return Err(Refusal::TooLarge {
                field: Field("body"),
                given: text.len(),
                limit: Limit { name: "message_body_bytes", allowed: limits.message_body_bytes as u64 },
            });
        }
        if text.contains('\0') {
            return Err(Refusal::invalid(Field("body"), "a message must not hold NUL characters".into()));
        }
        if is_blank(text) {
            return Err(Refusal::invalid(Field("body"), "a message must not be empty".into()));
        }
        Ok(Self(text.into()))
    }

    /// What Parlor says, as it is stored.
    pub(crate) fn of_note(note: &Note) -> Self {
        Self(note.to_text().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message as participants see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The id that its writer gave it.
    pub id: MessageId,
    /// Where it is.
    pub conversation_id: ConversationId,
    /// Its number in the conversation, from 1.
    pub seq: i64,
    /// The number of the change that last touched it.
    pub rev: i64,
    /// Who wrote it.
    pub sender_id: UserId,
    /// What it is.
    pub kind: Kind,
    /// The text.
    pub body: Option<String>,
    /// When, by the server's clock.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was unsent; it has no text from then on.
    pub deleted_at: Option<Timestamp>,
    /// The message that it answers, as that one is now.
    pub reply_to: Option<Quote>,
    /// What people reacted with, in the order of the first of each.
    pub reactions: Vec<Reaction>,
    /// What else it has.
    pub extras: Extras,
}

impl Message {
    /// The message without what only one reader knows: whether he is among those who reacted.
    #[must_use]
    pub fn for_everybody(mut self) -> Self {
        self.reactions.iter_mut().for_each(|reaction| reaction.mine = false);
        self
    }
}

/// How often people reacted with an emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// By how many.
    pub count: i64,
    /// Whether the reader is one of them; false where nobody in particular reads.
    pub mine: bool,
}

/// A message that another one answers, as it is shown there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Its id.
    pub id: MessageId,
    /// Its number in the same conversation.
    pub seq: i64,
    /// Who wrote it.
    pub sender_id: UserId,
    /// How its text begins: [`QUOTE_CHARS`]. `None`: it was unsent.
    pub body: Option<String>,
}

/// How many characters of a message are quoted. Clients cut as well, so it does not change.
pub const QUOTE_CHARS: usize = 200;

impl Quote {
    /// The quote of this message.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        Self {
            id: message.id,
            seq: message.seq,
            sender_id: message.sender_id.clone(),
            body: message.body.as_deref().map(|body| body.chars().take(QUOTE_CHARS).collect()),
        }
    }
}

/// A message that was there before, as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatedMessage {
    /// Where, by number.
    pub conversation: ConversationKey,
    /// The message with its new content; its `rev` is still the one before.
    pub message: Message,
    /// The text that it had until now, if that changes.
    pub replaced: Option<MessageVersion>,
}

impl UpdatedMessage {
    /// The message as it is once its change has this number.
    #[must_use]
    pub fn numbered(&self, rev: i64) -> Message {
        Message { rev, ..self.message.clone() }
    }
}

/// A text that a message had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageVersion {
    /// The text.
    pub body: String,
    /// When it was written.
    pub written_at: Timestamp,
}

/// What happened to a message that was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageChange {
    /// Its writer gave it another text.
    Edited,
    /// Its writer took it back: it has no text any more.
    Unsent,
    /// Somebody reacted, or does no longer.
    Reacted {
        /// Who.
        user_id: UserId,
        /// All that he reacts with from now on.
        emojis: Vec<String>,
    },
}

/// A message that was stored under an id before, with what tells a retry from another message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The message as it is now.
    pub message: Message,
    /// The hash of the request that made it.
    pub request_hash: RequestHash,
}

/// Tells whether two sends under one id ask for the same message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHash(pub [u8; 16]);

/// A row for `messages`, and all that is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Where, by number.
    pub conversation: ConversationKey,
    /// Where, by id.
    pub conversation_id: ConversationId,
    /// The id that its writer gave it.
    pub id: MessageId,
    /// See [`RequestHash`].
    pub request_hash: RequestHash,
    /// Who wrote it, by number.
    pub sender: UserKey,
    /// Who wrote it, by id.
    pub sender_id: UserId,
    /// What it is.
    pub kind: Kind,
    /// The text.
    pub body: MessageBody,
    /// The message that it answers.
    pub reply_to: Option<Quote>,
    /// What else it has.
    pub extras: Extras,
    /// For whom it counts as a mention.
    pub mentioned: Vec<Mentioned>,
    /// When.
    pub created_at: Timestamp,
}

impl NewMessage {
    /// The message as it is once it has its numbers.
    #[must_use]
    pub fn numbered(&self, seq: i64, rev: i64) -> Message {
        Message {
            id: self.id,
            conversation_id: self.conversation_id,
            seq,
            rev,
            sender_id: self.sender_id.clone(),
            kind: self.kind,
            body: Some(self.body.as_str().to_owned()),
            created_at: self.created_at,
            edited_at: None,
            deleted_at: None,
            reply_to: self.reply_to.clone(),
            reactions: Vec::new(),
            extras: self.extras.clone(),
        }
    }
}

/// Send a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendMessage {
    /// Where to.
    pub conversation: ConversationId,
    /// The id that the message will have; a retry uses the same one.
    pub id: MessageId,
    /// What it says.
    pub body: MessageBody,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<MessageId>,
    /// What else it has.
    pub extras: Extras,
}

impl SendMessage {
    fn request_hash(&self, sender: &UserId) -> RequestHash {
        let mut hash = Sha256::new();
        hash.update(sender.as_str());
        hash.update([0]);
        hash.update(self.body.as_str());
        if let Some(id) = self.reply_to {
            // No text holds NUL.
            hash.update([0]);
            hash.update(id.0.as_bytes());
        }
        if !self.extras.is_empty() {
            // As long as nothing above can be.
            let mut extras = Sha256::new();
            self.extras.hash_into(&mut extras);
            hash.update([0]);
            hash.update(extras.finalize());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        RequestHash(short)
    }
}

/// What is known beside the conversation when a message is sent. A plain send needs none of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SendFacts<'f> {
    /// The message that has this id already; it is looked up only after the guard said that there is one, so that a first
    /// send costs no read.
    pub stored: Option<&'f StoredMessage>,
    /// The message that this one answers, as the actor sees it; it is looked up for a reply only.
    pub original: Option<&'f Message>,
    /// Blocks between the actor and those whom the message names.
    pub blocks: &'f [Between],
}

/// Decides [`SendMessage`].
///
/// # Errors
/// `not_found` for who is not a participant, and for a reply to what is not there or was unsent; `not_allowed` where a block
/// is between the two; `conflict` for an id that was used for something else; `invalid` for a mention of who is not there.
pub fn send(
    actor: &Actor,
    command: &SendMessage,
    conversation: Option<&ConversationFacts>,
    facts: &SendFacts<'_>,
    now: Timestamp,
) -> Result<Decision<Message>, Refusal> {
    let SendFacts { stored, original, blocks } = *facts;
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    conversation.members.get(actor.key).ok_or_else(absent)?;
    if conversation.blocked {
        return Err(Refusal::NotAllowed);
    }

    let request_hash = command.request_hash(&actor.id);
    if let Some(stored) = stored {
        if stored.request_hash == request_hash {
            return Ok(Decision::Answer(stored.message.clone()));
        }
        return Err(Refusal::Conflict {
            field: Field("id"),
            message: format!("another message of this conversation has the id {}; use a new one", command.id),
        });
    }

    let original = original.filter(|original| original.deleted_at.is_none());
    if command.reply_to.is_some() && original.is_none() {
        return Err(Refusal::NotFound { what: "message" });
    }
    let Extras { mentions } = &command.extras;
    let (mentions, mentioned) =
        mentions::counting(mentions, conversation.key, &conversation.members, actor.key, blocks)?;
    let message = Arc::new(NewMessage {
        conversation: conversation.key,
        conversation_id: conversation.id,
        id: command.id,
        request_hash,
        sender: actor.key,
        sender_id: actor.id.clone(),
        kind: Kind::Text,
        body: command.body.clone(),
        reply_to: original.map(Quote::of),
        extras: Extras { mentions },
        mentioned,
        created_at: now,
    });
    let mut guards = vec![
        Guard::MembersRev { conversation: conversation.key, members_rev: conversation.members.rev },
        Guard::MessageAbsent { conversation: conversation.key, id: command.id },
    ];
    // What is quoted must not be taken back meanwhile.
    guards.extend(original.map(|original| Guard::MessageRev {
        conversation: conversation.key,
        seq: original.seq,
        rev: original.rev,
    }));
    Ok(Decision::Write(Plan {
        conversation: Some(conversation.key),
        guards,
        writes: vec![Write::Message(message.clone())],
        changes: vec![Change::MessageNew { members: conversation.members.clone(), message }],
        effects: Vec::new(),
    }))
}

#[cfg(test)]
mod tests;
