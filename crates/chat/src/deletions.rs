//! Deletions: a message's writer takes it back. It keeps its place, so that numbers have no gap, and nothing of what it said;
//! what it said is kept for an audit only.

use crate::{
    Actor, ConversationId, Decision, Limits, MessageId, Refusal, Timestamp,
    conversations::ConversationFacts,
    edits::{changing, within},
    messages::{Kind, Message, MessageChange, MessageVersion, UpdatedMessage},
};

/// Take a message back, for everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsendMessage {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which.
    pub id: MessageId,
}

/// Decides [`UnsendMessage`]. `message` is the message as this user sees it, if he does. What was unsent already is the
/// answer to who wrote it.
///
/// # Errors
/// `not_found` for who is no participant, and for a message that is not there; `forbidden` for who did not write it;
/// `too_late` beyond `unsend_window_ms`.
pub fn unsend(
    actor: &Actor,
    conversation: Option<&ConversationFacts>,
    message: Option<&Message>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<Message>, Refusal> {
    let conversation = conversation.ok_or(Refusal::NotFound { what: "conversation" })?;
    conversation.members.get(actor.key).ok_or(Refusal::NotFound { what: "conversation" })?;
    let message = message.ok_or(Refusal::NotFound { what: "message" })?;
    if message.sender_id != actor.id || message.kind != Kind::Text {
        return Err(Refusal::Forbidden { message: "only who wrote a message can unsend it".into() });
    }
    if message.deleted_at.is_some() {
        return Ok(Decision::Answer(message.clone()));
    }
    within("unsending", "unsend_window_ms", limits.unsend_window_ms, message, now)?;
    let written_at = message.edited_at.unwrap_or(message.created_at);
    let updated = UpdatedMessage {
        conversation: conversation.key,
        message: Message {
            body: None,
            edited_at: None,
            deleted_at: Some(now),
            reactions: Vec::new(),
            ..message.clone()
        },
        replaced: message.body.clone().map(|body| MessageVersion { body, written_at }),
    };
    Ok(Decision::Write(changing(conversation, updated, MessageChange::Unsent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ConversationKey, UserId, UserKey, Write,
        conversations::{Kind as ConversationKind, Member, Members, Role},
        refusal::Limit,
    };
    use std::sync::Arc;
    use uuid::Uuid;

    fn actor(key: i64, id: &str) -> Actor {
        Actor { key: UserKey(key), id: UserId::from_stored(id) }
    }

    fn facts() -> ConversationFacts {
        let member = |key, id| Member {
            key: UserKey(key),
            id: UserId::from_stored(id),
            role: Role::Member,
            position: 0,
        };
        ConversationFacts {
            key: ConversationKey(5),
            id: ConversationId(Uuid::from_u128(5)),
            kind: ConversationKind::Direct,
            last_rev: 9,
            blocked: false,
            settings: Default::default(),
            members: Arc::new(Members::new(3, vec![member(2, "bob"), member(1, "ada")])),
        }
    }

    fn written() -> Message {
        Message {
            id: MessageId(Uuid::from_u128(9)),
            conversation_id: ConversationId(Uuid::from_u128(5)),
            seq: 4,
            rev: 6,
            sender_id: UserId::from_stored("ada"),
            kind: Kind::Text,
            body: Some("regret".into()),
            created_at: Timestamp(1_000),
            edited_at: Some(Timestamp(1_500)),
            deleted_at: None,
            reply_to: None,
            reactions: Vec::new(),
        }
    }

    fn try_unsend(
        who: &Actor,
        message: Option<&Message>,
        window: u64,
        now: i64,
    ) -> Result<Decision<Message>, Refusal> {
        let limits = Limits { unsend_window_ms: window, ..Limits::default() };
        unsend(who, Some(&facts()), message, &limits, Timestamp(now))
    }

    #[test]
    fn what_is_unsent_keeps_its_place_and_nothing_of_its_text() {
        let Ok(Decision::Write(plan)) = try_unsend(&actor(1, "ada"), Some(&written()), 0, 2_000) else {
            panic!("it was there")
        };
        let [Write::UpdateMessage(updated)] = &plan.writes[..] else { panic!("{plan:?}") };
        let message = updated.numbered(10);
        assert_eq!((message.seq, message.rev, message.deleted_at), (4, 10, Some(Timestamp(2_000))));
        assert_eq!((message.body, message.edited_at), (None, None));
        let kept = MessageVersion { body: "regret".into(), written_at: Timestamp(1_500) };
        assert_eq!(updated.replaced, Some(kept), "for an audit");
    }

    #[test]
    fn unsending_twice_is_unsending_once() {
        let gone = Message { body: None, deleted_at: Some(Timestamp(1)), ..written() };
        let again = try_unsend(&actor(1, "ada"), Some(&gone), 1, i64::MAX).unwrap();
        assert!(matches!(again, Decision::Answer(message) if message == gone));
    }

    #[test]
    fn only_who_wrote_it_unsends_it() {
        let forbidden = |result| matches!(result, Err(Refusal::Forbidden { .. }));
        assert!(forbidden(try_unsend(&actor(2, "bob"), Some(&written()), 0, 0)));
        let system = Message { kind: Kind::System, ..written() };
        assert!(forbidden(try_unsend(&actor(1, "ada"), Some(&system), 0, 0)));
        let absent = try_unsend(&actor(1, "ada"), None, 0, 0).unwrap_err();
        assert_eq!(absent, Refusal::NotFound { what: "message" });
        let stranger = try_unsend(&actor(3, "eve"), Some(&written()), 0, 0).unwrap_err();
        assert_eq!(stranger, Refusal::NotFound { what: "conversation" });
    }

    #[test]
    fn the_window_ends_a_millisecond_after_its_last() {
        let ada = actor(1, "ada");
        assert!(try_unsend(&ada, Some(&written()), 60_000, 61_000).is_ok());
        let late = try_unsend(&ada, Some(&written()), 60_000, 61_001).unwrap_err();
        let named = Limit { name: "unsend_window_ms", allowed: 60_000 };
        assert!(matches!(late, Refusal::TooLate { limit, .. } if limit == named));
    }
}
