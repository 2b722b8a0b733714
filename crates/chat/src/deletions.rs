//! Deletions: a message's writer takes it back. It keeps its place, so that numbers have no gap, and nothing of what it said;
//! what it said is kept for an audit only.

use crate::{
    Actor, ConversationId, Decision, Limits, MessageId, Refusal, Timestamp,
    conversations::ConversationFacts,
    edits::{changing, seen, within},
    extras::Extras,
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
    let (conversation, message) = seen(actor, conversation, message)?;
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
            extras: Extras::default(),
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
        Write,
        fixtures::{actor, direct, written},
        refusal::Limit,
    };

    fn try_unsend(
        who: &Actor,
        message: Option<&Message>,
        window: u64,
        now: i64,
    ) -> Result<Decision<Message>, Refusal> {
        let limits = Limits { unsend_window_ms: window, ..Limits::default() };
        unsend(who, Some(&direct()), message, &limits, Timestamp(now))
    }

    #[test]
    fn what_is_unsent_keeps_its_place_and_nothing_of_its_text() {
        let edited = Message { edited_at: Some(Timestamp(1_500)), ..written("regret") };
        let Ok(Decision::Write(plan)) = try_unsend(&actor(1, "ada"), Some(&edited), 0, 2_000) else {
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
        let gone = Message { body: None, deleted_at: Some(Timestamp(1)), ..written("regret") };
        let again = try_unsend(&actor(1, "ada"), Some(&gone), 1, i64::MAX).unwrap();
        assert!(matches!(again, Decision::Answer(message) if message == gone));
    }

    #[test]
    fn only_who_wrote_it_unsends_it() {
        let forbidden = |result| matches!(result, Err(Refusal::Forbidden { .. }));
        assert!(forbidden(try_unsend(&actor(2, "bob"), Some(&written("regret")), 0, 0)));
        let system = Message { kind: Kind::System, ..written("regret") };
        assert!(forbidden(try_unsend(&actor(1, "ada"), Some(&system), 0, 0)));
        let absent = try_unsend(&actor(1, "ada"), None, 0, 0).unwrap_err();
        assert_eq!(absent, Refusal::NotFound { what: "message" });
        let stranger = try_unsend(&actor(3, "eve"), Some(&written("regret")), 0, 0).unwrap_err();
        assert_eq!(stranger, Refusal::NotFound { what: "conversation" });
    }

    #[test]
    fn the_window_ends_a_millisecond_after_its_last() {
        let ada = actor(1, "ada");
        assert!(try_unsend(&ada, Some(&written("regret")), 60_000, 61_000).is_ok());
        let late = try_unsend(&ada, Some(&written("regret")), 60_000, 61_001).unwrap_err();
        let named = Limit { name: "unsend_window_ms", allowed: 60_000 };
        assert!(matches!(late, Refusal::TooLate { limit, .. } if limit == named));
    }
}
