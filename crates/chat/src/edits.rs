//! Edits: a message's writer gives it another text. Earlier texts are kept and can be read by who can read the message.

use std::sync::Arc;

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId, Plan, Timestamp,
    Write,
    conversations::ConversationFacts,
    messages::{Kind, Message, MessageBody, MessageChange, MessageVersion, UpdatedMessage},
    refusal::{Limit, Refusal},
};

/// Give a message another text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditMessage {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which.
    pub id: MessageId,
    /// What it says from now on.
    pub body: MessageBody,
}

/// Decides [`EditMessage`]. `message` is the message as this user sees it, if he does. The text that it has already is no
/// edit.
///
/// # Errors
/// `not_found` for who is no participant, and for a message that is not there or was unsent; `forbidden` for who did not
/// write it; `not_allowed` where a block is between the two; `too_late` beyond `edit_window_ms`.
pub fn edit(
    actor: &Actor,
    command: &EditMessage,
    conversation: Option<&ConversationFacts>,
    message: Option<&Message>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<Message>, Refusal> {
    let (conversation, message) = visible(actor, conversation, message)?;
    if conversation.blocked {
        return Err(Refusal::NotAllowed);
    }
    if message.sender_id != actor.id || message.kind != Kind::Text {
        return Err(Refusal::Forbidden { message: "only who wrote a message can edit it".into() });
    }
    let replaced = message.body.clone().unwrap_or_default();
    // Before the window: a retry of an edit that was made has its answer whenever it comes.
    if replaced == command.body.as_str() {
        return Ok(Decision::Answer(message.clone()));
    }
    within("editing", "edit_window_ms", limits.edit_window_ms, message, now)?;
    let written_at = message.edited_at.unwrap_or(message.created_at);
    let updated = UpdatedMessage {
        conversation: conversation.key,
        message: Message {
            body: Some(command.body.as_str().to_owned()),
            edited_at: Some(now),
            ..message.clone()
        },
        replaced: Some(MessageVersion { body: replaced, written_at }),
    };
    Ok(Decision::Write(changing(conversation, updated, MessageChange::Edited)))
}

/// The conversation and the message, for who is in the one and sees the other, which may have been unsent.
pub(crate) fn seen<'f>(
    actor: &Actor,
    conversation: Option<&'f ConversationFacts>,
    message: Option<&'f Message>,
) -> Result<(&'f ConversationFacts, &'f Message), Refusal> {
    let absent = |what| move || Refusal::NotFound { what };
    let conversation = conversation.ok_or_else(absent("conversation"))?;
    conversation.members.get(actor.key).ok_or_else(absent("conversation"))?;
    Ok((conversation, message.ok_or_else(absent("message"))?))
}

/// The same for a message that was not unsent.
pub(crate) fn visible<'f>(
    actor: &Actor,
    conversation: Option<&'f ConversationFacts>,
    message: Option<&'f Message>,
) -> Result<(&'f ConversationFacts, &'f Message), Refusal> {
    seen(actor, conversation, message.filter(|message| message.deleted_at.is_none()))
}

/// Refuses what comes later than `allowed` milliseconds after the message; 0 is for ever.
pub(crate) fn within(
    what: &'static str,
    name: &'static str,
    allowed: u64,
    message: &Message,
    now: Timestamp,
) -> Result<(), Refusal> {
    let age_ms = u64::try_from(now.0 - message.created_at.0).unwrap_or(0);
    if allowed > 0 && age_ms > allowed {
        return Err(Refusal::TooLate { what, limit: Limit { name, allowed } });
    }
    Ok(())
}

/// The plan that makes a message another: nothing changed meanwhile, neither the members nor the message.
pub(crate) fn changing(
    conversation: &ConversationFacts,
    updated: UpdatedMessage,
    how: MessageChange,
) -> Plan {
    let key: ConversationKey = conversation.key;
    let (seq, rev) = (updated.message.seq, updated.message.rev);
    let message = Arc::new(updated);
    Plan {
        conversation: Some(key),
        guards: vec![
            Guard::MembersRev { conversation: key, members_rev: conversation.members.rev },
            Guard::MessageRev { conversation: key, seq, rev },
        ],
        writes: vec![Write::UpdateMessage(message.clone())],
        changes: vec![Change::MessageChanged { members: conversation.members.clone(), message, how }],
        effects: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{actor, direct, written};
    use uuid::Uuid;

    fn try_edit(
        who: &Actor,
        message: Option<&Message>,
        body: &str,
        window: u64,
        now: i64,
    ) -> Result<Decision<Message>, Refusal> {
        let limits = Limits { edit_window_ms: window, ..Limits::default() };
        let command = EditMessage {
            conversation: ConversationId(Uuid::from_u128(5)),
            id: MessageId(Uuid::from_u128(9)),
            body: MessageBody::parse(body, &limits).unwrap(),
        };
        edit(who, &command, Some(&direct()), message, &limits, Timestamp(now))
    }

    #[test]
    fn an_edit_keeps_the_earlier_text_and_rests_on_the_message_as_it_was() {
        let Ok(Decision::Write(plan)) =
            try_edit(&actor(1, "ada"), Some(&written("frist")), "first", 0, 5_000)
        else {
            panic!("another text is written")
        };
        assert!(plan.guards.contains(&Guard::MessageRev {
            conversation: ConversationKey(5),
            seq: 4,
            rev: 6
        }));
        let [Write::UpdateMessage(updated)] = &plan.writes[..] else { panic!("{plan:?}") };
        let earlier = MessageVersion { body: "frist".into(), written_at: Timestamp(1_000) };
        assert_eq!(updated.replaced, Some(earlier));
        let message = updated.numbered(10);
        assert_eq!((message.seq, message.rev, message.edited_at), (4, 10, Some(Timestamp(5_000))));
        assert_eq!(message.body.as_deref(), Some("first"));
        assert_eq!((plan.messages(), plan.conversation_changes()), (0, 1));
    }

    #[test]
    fn the_same_text_is_no_edit() {
        let same = try_edit(&actor(1, "ada"), Some(&written("frist")), "frist", 0, 5_000).unwrap();
        assert!(matches!(same, Decision::Answer(message) if message == written("frist")));
    }

    #[test]
    fn only_who_wrote_it_edits_it_and_what_is_not_seen_is_not_there() {
        let bob = try_edit(&actor(2, "bob"), Some(&written("frist")), "x", 0, 0);
        assert!(matches!(bob, Err(Refusal::Forbidden { .. })));
        let unsent = Message { body: None, deleted_at: Some(Timestamp(1)), ..written("frist") };
        let absent = try_edit(&actor(1, "ada"), None, "x", 0, 0).unwrap_err();
        assert_eq!(absent, Refusal::NotFound { what: "message" });
        assert_eq!(try_edit(&actor(1, "ada"), Some(&unsent), "x", 0, 0).unwrap_err(), absent);
        let eve = try_edit(&actor(3, "eve"), Some(&written("frist")), "x", 0, 0).unwrap_err();
        assert_eq!(eve, Refusal::NotFound { what: "conversation" });
        let system = Message { kind: Kind::System, ..written("frist") };
        assert!(matches!(
            try_edit(&actor(1, "ada"), Some(&system), "x", 0, 0),
            Err(Refusal::Forbidden { .. })
        ));
    }

    #[test]
    fn the_window_ends_a_millisecond_after_its_last() {
        let ada = actor(1, "ada");
        assert!(try_edit(&ada, Some(&written("frist")), "x", 60_000, 61_000).is_ok());
        let late = try_edit(&ada, Some(&written("frist")), "x", 60_000, 61_001).unwrap_err();
        assert!(matches!(
            late,
            Refusal::TooLate { limit: Limit { name: "edit_window_ms", allowed: 60_000 }, .. }
        ));
        assert!(try_edit(&ada, Some(&written("frist")), "x", 0, i64::MAX).is_ok(), "0 is for ever");
    }
}
