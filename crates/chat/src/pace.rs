//! Who may write now: in a group that is read-only, or in slow mode.

use crate::{
    Actor, Plan, Timestamp, UserKey, Write,
    conversations::ConversationFacts,
    permissions::{self, Action},
    refusal::Refusal,
};

/// Whether what this user may write depends on more than that he is in the conversation. For most it does not, and nothing
/// more must be known.
#[must_use]
pub fn is_held_back(conversation: &ConversationFacts, user: UserKey) -> bool {
    let settings = &conversation.settings;
    let may_always = |role| permissions::may(conversation.kind, role, Action::WriteAlways);
    (settings.read_only || settings.slow_mode_s > 0)
        && conversation.members.get(user).is_some_and(|member| !may_always(member.role))
}

/// Refuses to change what was written, where only others may write.
///
/// # Errors
/// `read_only`.
pub fn may_edit(actor: &Actor, conversation: &ConversationFacts) -> Result<(), Refusal> {
    if conversation.settings.read_only && is_held_back(conversation, actor.key) {
        return Err(Refusal::ReadOnly);
    }
    Ok(())
}

/// The plan of a new message, where its writer may write now. `last_sent_at` is when he last did, in slow mode; the plan says
/// then that he did again.
///
/// # Errors
/// `read_only`; `slow_mode` before it is his turn again.
pub fn pace(
    actor: &Actor,
    conversation: &ConversationFacts,
    last_sent_at: Option<Timestamp>,
    mut plan: Plan,
    now: Timestamp,
) -> Result<Plan, Refusal> {
    if !is_held_back(conversation, actor.key) {
        return Ok(plan);
    }
    may_edit(actor, conversation)?;
    let interval_ms = conversation.settings.slow_mode_s.saturating_mul(1000);
    // A clock that was set back must not keep him waiting for longer than that.
    let waited_ms = last_sent_at.map_or(i64::MAX, |at| now.0.saturating_sub(at.0).max(0));
    if waited_ms < interval_ms {
        let retry_after_ms = (interval_ms - waited_ms).unsigned_abs();
        return Err(Refusal::SlowMode { slow_mode_s: conversation.settings.slow_mode_s, retry_after_ms });
    }
    plan.writes.push(Write::Paced { user: actor.key, conversation: conversation.key, at: now });
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        conversations::{Kind, Member, Members, Role, Settings},
        fixtures::{actor, direct},
    };

    fn facts(kind: Kind, role: Role, read_only: bool, slow_mode_s: i64) -> ConversationFacts {
        let ada = actor(1, "ada");
        let member = Member { key: ada.key, id: ada.id, role, position: 0 };
        ConversationFacts {
            kind,
            settings: Settings { read_only, slow_mode_s, ..Settings::default() },
            members: Arc::new(Members::new(4, vec![member])),
            ..direct()
        }
    }

    fn try_send(facts: &ConversationFacts, last: Option<i64>, now: i64) -> Result<Plan, Refusal> {
        pace(&actor(1, "ada"), facts, last.map(Timestamp), Plan::default(), Timestamp(now))
    }

    #[test]
    fn in_a_read_only_group_moderators_and_above_write() {
        for (role, may) in
            [(Role::Owner, true), (Role::Admin, true), (Role::Moderator, true), (Role::Member, false)]
        {
            let group = facts(Kind::Group, role, true, 60);
            assert_eq!(try_send(&group, Some(0), 1).is_ok(), may, "{role:?}");
            assert_eq!(may_edit(&actor(1, "ada"), &group).is_ok(), may, "{role:?}");
        }
        let refused = try_send(&facts(Kind::Group, Role::Member, true, 0), None, 1);
        assert_eq!(refused.unwrap_err(), Refusal::ReadOnly);
    }

    #[test]
    fn in_slow_mode_a_member_waits_to_the_millisecond() {
        let group = facts(Kind::Group, Role::Member, false, 10);
        assert!(try_send(&group, None, 0).is_ok(), "the first one is free");
        let early = try_send(&group, Some(1_000), 10_999);
        assert_eq!(early.unwrap_err(), Refusal::SlowMode { slow_mode_s: 10, retry_after_ms: 1 });
        let plan = try_send(&group, Some(1_000), 11_000).unwrap();
        assert!(matches!(plan.writes[..], [Write::Paced { at: Timestamp(11_000), .. }]));
        let set_back = try_send(&group, Some(1_000_000), 0);
        assert_eq!(set_back.unwrap_err(), Refusal::SlowMode { slow_mode_s: 10, retry_after_ms: 10_000 });
        assert!(may_edit(&actor(1, "ada"), &group).is_ok(), "slow mode is for new messages");
    }

    #[test]
    fn nobody_is_held_back_where_nothing_is_set() {
        let group = facts(Kind::Group, Role::Member, false, 0);
        assert!(!is_held_back(&group, actor(1, "ada").key));
        assert_eq!(try_send(&group, Some(5), 5).unwrap().writes.len(), 0);
    }
}
