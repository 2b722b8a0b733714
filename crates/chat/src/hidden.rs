//! Messages that a user deletes for himself: he does not see them any more, on none of his devices, and for everybody else
//! nothing changes.

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, MessageId, Plan, Refusal, UserId,
    UserKey, Write, conversations::ConversationFacts,
};

/// Delete a message for oneself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HideMessage {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which.
    pub id: MessageId,
}

/// What is known of a message that somebody wants to hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HideFacts {
    /// Its number.
    pub seq: i64,
    /// He hid it before.
    pub hidden: bool,
}

/// A message that somebody hid from himself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// From whom.
    pub user: UserKey,
    /// His id, for addressing.
    pub user_id: UserId,
    /// Where it is, by number.
    pub conversation: ConversationKey,
    /// Where it is, by id.
    pub conversation_id: ConversationId,
    /// Which.
    pub id: MessageId,
    /// Its number.
    pub seq: i64,
}

/// Decides [`HideMessage`]. Anybody may hide what he sees, an unsent message too. `message` is known for who may see it.
///
/// # Errors
/// `not_found` for who is no participant, and for a message that is not there for him.
pub fn hide(
    actor: &Actor,
    command: &HideMessage,
    conversation: Option<&ConversationFacts>,
    message: Option<HideFacts>,
) -> Result<Decision<()>, Refusal> {
    let absent = |what| move || Refusal::NotFound { what };
    let conversation = conversation.ok_or_else(absent("conversation"))?;
    conversation.members.get(actor.key).ok_or_else(absent("conversation"))?;
    let HideFacts { seq, hidden } = message.ok_or_else(absent("message"))?;
    if hidden {
        return Ok(Decision::Answer(()));
    }
    let hidden = Hidden {
        user: actor.key,
        user_id: actor.id.clone(),
        conversation: conversation.key,
        conversation_id: conversation.id,
        id: command.id,
        seq,
    };
    Ok(Decision::Write(Plan {
        conversation: None,
        guards: vec![Guard::MembersRev {
            conversation: conversation.key,
            members_rev: conversation.members.rev,
        }],
        writes: vec![Write::Hidden(hidden.clone())],
        changes: vec![Change::MessageHidden(hidden)],
        effects: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{actor, direct};
    use uuid::Uuid;

    fn try_hide(who: &Actor, message: Option<HideFacts>) -> Result<Decision<()>, Refusal> {
        let id = MessageId(Uuid::from_u128(9));
        let command = HideMessage { conversation: ConversationId(Uuid::from_u128(5)), id };
        hide(who, &command, Some(&direct()), message)
    }

    #[test]
    fn what_is_hidden_is_a_change_of_ones_own_stream_alone() {
        let seen = HideFacts { seq: 4, hidden: false };
        // Whoever wrote it.
        for who in [actor(1, "ada"), actor(2, "bob")] {
            let Ok(Decision::Write(plan)) = try_hide(&who, Some(seen)) else { panic!("it was there") };
            assert_eq!((plan.conversation, plan.conversation_changes()), (None, 0));
            let [Write::Hidden(hidden)] = &plan.writes[..] else { panic!("{plan:?}") };
            assert_eq!((hidden.user, hidden.seq), (who.key, 4));
            assert_eq!(plan.changes[0].user(), Some(who.key));
            assert!(matches!(plan.guards[..], [Guard::MembersRev { .. }]));
        }
    }

    #[test]
    fn hiding_twice_is_hiding_once() {
        let hidden = HideFacts { seq: 4, hidden: true };
        assert!(matches!(try_hide(&actor(1, "ada"), Some(hidden)), Ok(Decision::Answer(()))));
    }

    #[test]
    fn what_is_not_seen_is_not_there() {
        let absent = try_hide(&actor(1, "ada"), None).unwrap_err();
        assert_eq!(absent, Refusal::NotFound { what: "message" });
        let stranger = try_hide(&actor(3, "eve"), None).unwrap_err();
        assert_eq!(stranger, Refusal::NotFound { what: "conversation" });
    }
}
