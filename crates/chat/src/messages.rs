//! Messages: the reference slice, which `docs/adding-a-feature.md` walks through.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId, Plan, Timestamp,
    UserId, UserKey, Write,
    conversations::ConversationFacts,
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
}

impl SendMessage {
    fn request_hash(&self, sender: &UserId) -> RequestHash {
        let mut hash = Sha256::new();
        hash.update(sender.as_str());
        hash.update([0]);
        hash.update(self.body.as_str());
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finalize()[..16]);
        RequestHash(short)
    }
}

/// Decides [`SendMessage`].
///
/// `stored` is the message that has this id already; it is looked up only after the guard said that there is one,
/// so that a first send costs no read.
///
/// # Errors
/// `not_found` for who is not a participant, `not_allowed` where a block is between the two, `conflict` for an id that was used for something else.
pub fn send(
    actor: &Actor,
    command: &SendMessage,
    conversation: Option<&ConversationFacts>,
    stored: Option<&StoredMessage>,
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

    let message = Arc::new(NewMessage {
        conversation: conversation.key,
        conversation_id: conversation.id,
        id: command.id,
        request_hash,
        sender: actor.key,
        sender_id: actor.id.clone(),
        kind: Kind::Text,
        body: command.body.clone(),
        created_at: now,
    });
    Ok(Decision::Write(Plan {
        conversation: Some(conversation.key),
        guards: vec![
            Guard::MembersRev { conversation: conversation.key, members_rev: conversation.members.rev },
            Guard::MessageAbsent { conversation: conversation.key, id: command.id },
        ],
        writes: vec![Write::Message(message.clone())],
        changes: vec![Change::MessageNew { members: conversation.members.clone(), message }],
        effects: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::{Kind as ConversationKind, Member, Members, Role};
    use uuid::Uuid;

    fn actor(key: i64, id: &str) -> Actor {
        Actor { key: UserKey(key), id: UserId::from_stored(id) }
    }

    fn facts() -> ConversationFacts {
        let member = |key, id| Member { key: UserKey(key), id: UserId::from_stored(id), role: Role::Member };
        ConversationFacts {
            key: ConversationKey(5),
            id: ConversationId(Uuid::from_u128(5)),
            kind: ConversationKind::Direct,
            last_rev: 0,
            blocked: false,
            members: Arc::new(Members::new(3, vec![member(2, "bob"), member(1, "ada")])),
        }
    }

    fn command(body: &str) -> SendMessage {
        SendMessage {
            conversation: ConversationId(Uuid::from_u128(5)),
            id: MessageId(Uuid::from_u128(9)),
            body: MessageBody::parse(body, &Limits::default()).unwrap(),
        }
    }

    #[test]
    fn a_send_rests_on_the_members_and_on_the_id_being_new() {
        let Decision::Write(plan) =
            send(&actor(1, "ada"), &command("hi"), Some(&facts()), None, Timestamp(7)).unwrap()
        else {
            panic!("a new message is written")
        };
        assert_eq!(plan.guards.len(), 2);
        assert_eq!((plan.messages(), plan.conversation_changes()), (1, 1));
    }

    #[test]
    fn nothing_is_sent_across_a_block() {
        let blocked = ConversationFacts { blocked: true, ..facts() };
        let sent = send(&actor(1, "ada"), &command("hi"), Some(&blocked), None, Timestamp(7));
        assert_eq!(sent.unwrap_err(), Refusal::NotAllowed);
    }

    #[test]
    fn a_stranger_and_a_missing_conversation_look_alike() {
        let stranger = send(&actor(3, "eve"), &command("hi"), Some(&facts()), None, Timestamp(7));
        let missing = send(&actor(1, "ada"), &command("hi"), None, None, Timestamp(7));
        assert_eq!(stranger.unwrap_err(), missing.unwrap_err());
    }

    #[test]
    fn a_retry_gets_the_stored_message_and_another_text_a_conflict() {
        let Decision::Write(plan) =
            send(&actor(1, "ada"), &command("hi"), Some(&facts()), None, Timestamp(7)).unwrap()
        else {
            panic!("a new message is written")
        };
        let Write::Message(new) = &plan.writes[0] else { panic!("{plan:?}") };
        let stored = StoredMessage { message: new.numbered(4, 6), request_hash: new.request_hash };
        let again =
            send(&actor(1, "ada"), &command("hi"), Some(&facts()), Some(&stored), Timestamp(8)).unwrap();
        assert!(matches!(again, Decision::Answer(message) if message == stored.message));
        let other_text = send(&actor(1, "ada"), &command("ho"), Some(&facts()), Some(&stored), Timestamp(8));
        let other_sender =
            send(&actor(2, "bob"), &command("hi"), Some(&facts()), Some(&stored), Timestamp(8));
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
}
