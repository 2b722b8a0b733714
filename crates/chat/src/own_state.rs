//! What a conversation is for one user alone: archived, muted, pinned, marked as unread, deleted for him. All of it is in
//! his own stream, and nobody else is told.

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Plan, Timestamp, UserId, UserKey, Write,
    conversations::ConversationFacts,
    receipts::{ReadFacts, ReadMark},
    refusal::{Field, Refusal},
};

/// Who mutes for good mutes until this: the beginning of the year 9999.
pub const FOR_GOOD: Timestamp = Timestamp(253_370_764_800_000);

/// What a conversation is for one user alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnState {
    /// He put it out of the way.
    pub archived: bool,
    /// He wants to see that something is left there; counts nothing. Reading takes it away.
    pub marked_unread: bool,
    /// He wants no notice of it before this.
    pub muted_until: Option<Timestamp>,
    /// He pinned it, then.
    pub pinned_at: Option<Timestamp>,
    /// He deleted it for himself up to this message: earlier ones are gone for him, and it is in his list again once there
    /// is a later one.
    pub deleted_seq: Option<i64>,
}

impl OwnState {
    /// Whether it is in his list, given the number of its last message.
    #[must_use]
    pub fn is_listed(&self, last_seq: i64) -> bool {
        self.deleted_seq.is_none_or(|deleted| last_seq > deleted)
    }
}

/// For how long something is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mute {
    /// Not at all.
    Off,
    /// Until then; [`FOR_GOOD`] at most.
    Until(Timestamp),
}

/// Change what a conversation is for oneself. What is `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetState {
    /// Which.
    pub conversation: ConversationId,
    /// Put it out of the way, or back.
    pub archived: Option<bool>,
    /// Mark it as unread, or no longer.
    pub marked_unread: Option<bool>,
    /// Pin it, or no longer.
    pub pinned: Option<bool>,
    /// Mute it, or no longer.
    pub mute: Option<Mute>,
}

/// Delete a conversation for oneself: what was said until now is gone, and so is the conversation until the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteConversation {
    /// Which.
    pub conversation: ConversationId,
}

/// A change of what a conversation is for its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChanged {
    /// Whose.
    pub user: UserKey,
    /// His id, for addressing.
    pub user_id: UserId,
    /// Which conversation, by number.
    pub conversation: ConversationKey,
    /// Which conversation, by id.
    pub conversation_id: ConversationId,
    /// All of it, as it is from now on.
    pub state: OwnState,
}

/// Decides [`SetState`]; `own` is what it is for the actor now. The answer is what it is then.
///
/// # Errors
/// `not_found` for who is not a participant, `invalid` for a mute that is over already.
pub fn set_state(
    actor: &Actor,
    command: &SetState,
    conversation: Option<&ConversationFacts>,
    own: Option<&OwnState>,
    now: Timestamp,
) -> Result<Decision<OwnState>, Refusal> {
    let (conversation, own) = seen_by(actor, conversation, own)?;
    let muted_until = match command.mute {
        None => own.muted_until,
        Some(Mute::Off) => None,
        Some(Mute::Until(until)) if until <= now => {
            let message = "muted_until has passed; give a later time, or none to mute for good".into();
            return Err(Refusal::invalid(Field("muted_until"), message));
        }
        Some(Mute::Until(until)) => Some(until.min(FOR_GOOD)),
    };
    let pinned_at = match command.pinned {
        None => own.pinned_at,
        Some(false) => None,
        // Pinned again is pinned since the first time.
        Some(true) => own.pinned_at.or(Some(now)),
    };
    let state = OwnState {
        archived: command.archived.unwrap_or(own.archived),
        marked_unread: command.marked_unread.unwrap_or(own.marked_unread),
        muted_until,
        pinned_at,
        deleted_seq: own.deleted_seq,
    };
    if state == *own {
        return Ok(Decision::Answer(state));
    }
    Ok(Decision::Write(changing(actor, conversation, state)))
}

/// Decides [`DeleteConversation`]. A mute stays, whatever else he had set goes. The answer is what it is then.
///
/// # Errors
/// `not_found` for who is not a participant.
pub fn delete(
    actor: &Actor,
    conversation: Option<&ConversationFacts>,
    own: Option<&OwnState>,
    facts: Option<&ReadFacts>,
) -> Result<Decision<OwnState>, Refusal> {
    let (conversation, own) = seen_by(actor, conversation, own)?;
    let facts = facts.ok_or(Refusal::NotFound { what: "conversation" })?;
    let state = OwnState {
        muted_until: own.muted_until,
        deleted_seq: Some(facts.last_seq.max(own.deleted_seq.unwrap_or(0))),
        ..OwnState::default()
    };
    if state == *own {
        return Ok(Decision::Answer(state));
    }
    let mut plan = changing(actor, conversation, state);
    let mark = ReadMark {
        conversation: conversation.key,
        conversation_id: conversation.id,
        read_seq: facts.last_seq.max(facts.read_seq),
        head_seq: facts.last_seq,
        head_rev: facts.last_rev,
        unread: 0,
        mentions: 0,
        total: facts.unread_elsewhere,
        marked_unread: false,
    };
    // What was unread went with the messages. Nobody learns of it: the read mark itself stays where it is.
    plan.changes.push(Change::ConversationRead { user: actor.key, user_id: actor.id.clone(), mark });
    Ok(Decision::Write(plan))
}

fn seen_by<'f>(
    actor: &Actor,
    conversation: Option<&'f ConversationFacts>,
    own: Option<&'f OwnState>,
) -> Result<(&'f ConversationFacts, &'f OwnState), Refusal> {
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    conversation.members.get(actor.key).ok_or_else(absent)?;
    Ok((conversation, own.ok_or_else(absent)?))
}

fn changing(actor: &Actor, conversation: &ConversationFacts, state: OwnState) -> Plan {
    let changed = StateChanged {
        user: actor.key,
        user_id: actor.id.clone(),
        conversation: conversation.key,
        conversation_id: conversation.id,
        state,
    };
    Plan {
        guards: vec![Guard::MembersRev {
            conversation: conversation.key,
            members_rev: conversation.members.rev,
        }],
        writes: vec![Write::OwnState { user: actor.key, conversation: conversation.key, state }],
        changes: vec![Change::OwnState(changed)],
        ..Plan::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{actor, direct};

    const NOW: Timestamp = Timestamp(5_000);

    fn nothing() -> SetState {
        let conversation = direct().id;
        SetState { conversation, archived: None, marked_unread: None, pinned: None, mute: None }
    }

    fn try_set(command: &SetState, own: &OwnState) -> Result<Decision<OwnState>, Refusal> {
        set_state(&actor(1, "ada"), command, Some(&direct()), Some(own), NOW)
    }

    fn written(decision: Result<Decision<OwnState>, Refusal>) -> OwnState {
        let Ok(Decision::Write(plan)) = decision else { panic!("{decision:?}") };
        let [Write::OwnState { state, .. }, ..] = plan.writes[..] else { panic!("{plan:?}") };
        assert!(matches!(&plan.changes[0], Change::OwnState(changed) if changed.state == state));
        assert_eq!(plan.conversation_changes(), 0, "nobody else is told");
        state
    }

    #[test]
    fn what_is_not_named_stays_as_it_is() {
        let own = OwnState { archived: true, pinned_at: Some(Timestamp(7)), ..OwnState::default() };
        let unread = written(try_set(&SetState { marked_unread: Some(true), ..nothing() }, &own));
        assert_eq!(unread, OwnState { marked_unread: true, ..own });
        let same = SetState { archived: Some(true), pinned: Some(true), mute: Some(Mute::Off), ..nothing() };
        assert!(matches!(try_set(&same, &own), Ok(Decision::Answer(answer)) if answer == own));
        assert_eq!(written(try_set(&SetState { pinned: Some(false), ..nothing() }, &own)).pinned_at, None);
        let own = OwnState::default();
        assert_eq!(
            written(try_set(&SetState { pinned: Some(true), ..nothing() }, &own)).pinned_at,
            Some(NOW)
        );
    }

    #[test]
    fn a_mute_ends_later_than_now_and_at_last() {
        let mute = |until| {
            let command = SetState { mute: Some(Mute::Until(Timestamp(until))), ..nothing() };
            try_set(&command, &OwnState::default())
        };
        assert!(matches!(mute(5_000), Err(Refusal::Invalid { field: Field("muted_until"), .. })));
        assert_eq!(written(mute(5_001)).muted_until, Some(Timestamp(5_001)));
        assert_eq!(written(mute(i64::MAX)).muted_until, Some(FOR_GOOD));
    }

    #[test]
    fn what_is_deleted_is_out_of_the_list_until_the_next_message() {
        let own = OwnState {
            archived: true,
            marked_unread: true,
            muted_until: Some(FOR_GOOD),
            pinned_at: Some(NOW),
            deleted_seq: Some(3),
        };
        let facts = ReadFacts {
            last_seq: 9,
            last_rev: 11,
            read_seq: 4,
            mentions: 0,
            unread: 5,
            unread_elsewhere: 2,
            marked_unread: true,
        };
        let decided = delete(&actor(1, "ada"), Some(&direct()), Some(&own), Some(&facts));
        let Ok(Decision::Write(plan)) = &decided else { panic!("{decided:?}") };
        let Change::ConversationRead { mark, .. } = &plan.changes[1] else { panic!("{plan:?}") };
        assert_eq!((mark.read_seq, mark.unread, mark.total, mark.marked_unread), (9, 0, 2, false));
        assert!(!plan.writes.iter().any(|write| matches!(write, Write::ReadMark { .. })), "it was not read");
        let state = written(decided);
        let muted = OwnState { muted_until: Some(FOR_GOOD), deleted_seq: Some(9), ..OwnState::default() };
        assert_eq!(state, muted);
        assert_eq!((state.is_listed(9), state.is_listed(10), own.is_listed(4)), (false, true, true));
        let again = delete(&actor(1, "ada"), Some(&direct()), Some(&state), Some(&facts));
        assert!(matches!(again, Ok(Decision::Answer(answer)) if answer == state));
    }

    #[test]
    fn who_is_not_in_it_has_no_state() {
        let eve = actor(3, "eve");
        let own = OwnState::default();
        let absent = Refusal::NotFound { what: "conversation" };
        let set = set_state(&eve, &nothing(), Some(&direct()), Some(&own), NOW);
        assert_eq!(set.unwrap_err(), absent);
        assert_eq!(delete(&eve, Some(&direct()), Some(&own), None).unwrap_err(), absent);
        assert_eq!(set_state(&eve, &nothing(), None, None, NOW).unwrap_err(), absent);
    }
}
