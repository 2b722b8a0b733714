//! Messages: the reference slice, which `docs/adding-a-feature.md` walks through.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId, Plan, Timestamp,
    UserId, UserKey, Write,
    conversations::ConversationFacts,
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
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        RequestHash(short)
    }
}

/// Decides [`SendMessage`].
///
/// `stored` is the message that has this id already; it is looked up only after the guard said that there is one,
/// so that a first send costs no read. `original` is the message that this one answers, as the actor sees it; it is looked
/// up for a reply only.
///
/// # Errors
/// `not_found` for who is not a participant, and for a reply to what is not there or was unsent; `not_allowed` where a block
/// is between the two; `conflict` for an id that was used for something else.
pub fn send(
    actor: &Actor,
    command: &SendMessage,
    conversation: Option<&ConversationFacts>,
    stored: Option<&StoredMessage>,
    original: Option<&Message>,
    now: Timestamp,
) -> Result<Decision<Message>, Refusal> {
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
mod tests {
    use super::*;
    use crate::fixtures::{actor, direct};
    use uuid::Uuid;

    fn command(body: &str) -> SendMessage {
        SendMessage {
            conversation: ConversationId(Uuid::from_u128(5)),
            id: MessageId(Uuid::from_u128(9)),
            body: MessageBody::parse(body, &Limits::default()).unwrap(),
            reply_to: None,
        }
    }

    #[test]
    fn a_send_rests_on_the_members_and_on_the_id_being_new() {
        let Decision::Write(plan) =
            send(&actor(1, "ada"), &command("hi"), Some(&direct()), None, None, Timestamp(7)).unwrap()
        else {
            panic!("a new message is written")
        };
        assert_eq!(plan.guards.len(), 2);
        assert_eq!((plan.messages(), plan.conversation_changes()), (1, 1));
    }

    #[test]
    fn nothing_is_sent_across_a_block() {
        let blocked = ConversationFacts { blocked: true, ..direct() };
        let sent = send(&actor(1, "ada"), &command("hi"), Some(&blocked), None, None, Timestamp(7));
        assert_eq!(sent.unwrap_err(), Refusal::NotAllowed);
    }

    #[test]
    fn a_stranger_and_a_missing_conversation_look_alike() {
        let stranger = send(&actor(3, "eve"), &command("hi"), Some(&direct()), None, None, Timestamp(7));
        let missing = send(&actor(1, "ada"), &command("hi"), None, None, None, Timestamp(7));
        assert_eq!(stranger.unwrap_err(), missing.unwrap_err());
    }

    #[test]
    fn a_retry_gets_the_stored_message_and_another_text_a_conflict() {
        let Decision::Write(plan) =
            send(&actor(1, "ada"), &command("hi"), Some(&direct()), None, None, Timestamp(7)).unwrap()
        else {
            panic!("a new message is written")
        };
        let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
        let stored = StoredMessage { message: new.numbered(4, 6), request_hash: new.request_hash };
        let again =
            send(&actor(1, "ada"), &command("hi"), Some(&direct()), Some(&stored), None, Timestamp(8))
                .unwrap();
        assert!(matches!(again, Decision::Answer(message) if message == stored.message));
        let other_text =
            send(&actor(1, "ada"), &command("ho"), Some(&direct()), Some(&stored), None, Timestamp(8));
        let other_sender =
            send(&actor(2, "bob"), &command("hi"), Some(&direct()), Some(&stored), None, Timestamp(8));
        assert!(matches!(other_text, Err(Refusal::Conflict { .. })));
        assert!(matches!(other_sender, Err(Refusal::Conflict { .. })));
    }

    #[test]
    fn a_body_is_bounded_in_bytes_and_must_show_something() {
        let limits = Limits::default();
        assert!(MessageBody::parse(&"x".repeat(16_384), &limits).is_ok());
        assert!(matches!(
            MessageBody::parse(&"x".repeat(16_385), &limits),
            Err(Refusal::TooLarge { given: 16_385, limit: Limit { name: "message_body_bytes", .. }, .. })
        ));
        for blank in ["", " \n\t", "\u{200b}\u{feff}", "\u{2800}", "\u{3164}", "a\0b"] {
            assert!(MessageBody::parse(blank, &limits).is_err(), "{blank:?}");
        }
        for text in ["👩‍👩‍👧", "0", "❤️", "ع"] {
            assert!(MessageBody::parse(text, &limits).is_ok(), "{text:?}");
        }
    }

    #[test]
    fn a_reply_rests_on_what_it_quotes_and_its_hash_on_which_that_is() {
        let Decision::Write(plan) =
            send(&actor(2, "bob"), &command("frist"), Some(&direct()), None, None, Timestamp(7)).unwrap()
        else {
            panic!("a new message is written")
        };
        let Write::Message(first) = &plan.writes[0] else { panic!("{plan:?}") };
        let original = first.numbered(4, 6);
        let reply =
            SendMessage { reply_to: Some(original.id), id: MessageId(Uuid::from_u128(10)), ..command("hi") };
        let try_reply =
            |original| send(&actor(1, "ada"), &reply, Some(&direct()), None, original, Timestamp(8));
        let Decision::Write(plan) = try_reply(Some(&original)).unwrap() else { panic!("it is new") };
        assert!(plan.guards.contains(&Guard::MessageRev {
            conversation: ConversationKey(5),
            seq: 4,
            rev: 6
        }));
        let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
        let quote = Quote {
            id: original.id,
            seq: 4,
            sender_id: original.sender_id.clone(),
            body: Some("frist".into()),
        };
        assert_eq!(new.reply_to, Some(quote));
        assert_ne!(new.request_hash, command("hi").request_hash(&actor(1, "ada").id));

        let unsent = Message { body: None, deleted_at: Some(Timestamp(9)), ..original.clone() };
        let absent = try_reply(None).unwrap_err();
        assert_eq!(absent, Refusal::NotFound { what: "message" });
        assert_eq!(try_reply(Some(&unsent)).unwrap_err(), absent);
    }

    #[test]
    fn a_quote_is_cut_between_characters() {
        let Decision::Write(plan) =
            send(&actor(1, "ada"), &command(&"é".repeat(201)), Some(&direct()), None, None, Timestamp(7))
                .unwrap()
        else {
            panic!("a new message is written")
        };
        let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
        assert_eq!(Quote::of(&new.numbered(1, 1)).body, Some("é".repeat(200)));
    }
}
