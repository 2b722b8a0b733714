//! Blocks: who wants nothing of whom. The blocked one is not told; he meets the same words as at an access policy.

use crate::{
    Actor, ConversationKey, Decision, Guard, Limits, Plan, Timestamp, UserId, Write,
    accounts::User,
    conversations::DirectKey,
    privacy::{self, PrivacyChange, PrivacyGuard, PrivacyWrite},
    refusal::{Field, Limit, Refusal},
    requests::{Request, RequestState},
};

/// Block somebody, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetBlock {
    /// Whom.
    pub user: UserId,
    /// Whether he is to be blocked.
    pub blocked: bool,
}

/// What must be known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockFacts {
    /// Whom it is about.
    pub other: User,
    /// Whether the actor blocks him.
    pub blocked: bool,
    /// How many the actor blocks.
    pub count: i64,
    /// The actor's `privacy_rev`.
    pub privacy_rev: i64,
    /// The direct conversation of the two.
    pub direct: Option<ConversationKey>,
    /// The other's request, if it waits for the actor's answer.
    pub request: Option<Request>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Whom it is about.
    pub user: User,
    /// Whether he is blocked now.
    pub blocked: bool,
}

/// Decides [`SetBlock`]. Who is blocked already stays so, and nothing is written.
///
/// # Errors
/// `invalid` for oneself, `not_found` for who is not known, `limit_reached` beyond `blocks_per_user`.
pub fn set_block(
    actor: &Actor,
    command: &SetBlock,
    facts: Option<&BlockFacts>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<Blocked>, Refusal> {
    if command.user == actor.id {
        return Err(Refusal::invalid(Field("user_id"), "nobody can block himself".into()));
    }
    let facts = facts.ok_or(Refusal::NotFound { what: "user" })?;
    if facts.blocked == command.blocked {
        return Ok(Decision::Answer(Blocked { user: facts.other.clone(), blocked: facts.blocked }));
    }
    if command.blocked && facts.count >= limits.blocks_per_user as i64 {
        return Err(Refusal::LimitReached {
            field: Field("user_id"),
            message: format!("you block {} people already", facts.count),
            limit: Limit { name: "blocks_per_user", allowed: limits.blocks_per_user as u64 },
        });
    }
    let mut guards = vec![privacy::guard_rev(actor.key, facts.privacy_rev)];
    if facts.direct.is_none() {
        // One that is made meanwhile would not know of the block.
        let key = DirectKey::of(&actor.id, &command.user);
        guards.push(Guard::Privacy(PrivacyGuard::DirectAbsent { key }));
    }
    let (other, other_id) = (facts.other.key, facts.other.id.clone());
    let since = command.blocked.then_some(now);
    let mut writes = vec![Write::Privacy(PrivacyWrite::Block { user: actor.key, other, since })];
    writes.extend(privacy::touch(actor.key, facts.direct));
    let change = PrivacyChange::Block { other, other_id, blocked: command.blocked };
    let mut changes = vec![privacy::change(actor.key, actor.id.clone(), change)];
    // Who is blocked is not answered any more; he is not told.
    if let (true, Some(request), Some(conversation)) = (command.blocked, &facts.request, facts.direct) {
        let (requester, recipient, state) = (other, actor.key, RequestState::Declined);
        writes.push(Write::Privacy(PrivacyWrite::Request {
            conversation,
            requester,
            recipient,
            state,
            at: now,
        }));
        let change = PrivacyChange::Request(Request { state, ..request.clone() });
        changes.push(privacy::change(actor.key, actor.id.clone(), change));
    }
    Ok(Decision::Write(Plan { guards, writes, changes, ..Plan::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{UserKey, accounts::Profile};

    fn ada() -> Actor {
        Actor { key: UserKey(1), id: UserId::from_stored("ada") }
    }

    fn facts() -> BlockFacts {
        let other = User { key: UserKey(2), id: UserId::from_stored("bob"), profile: Profile::default() };
        BlockFacts {
            other,
            blocked: false,
            count: 0,
            privacy_rev: 4,
            direct: Some(ConversationKey(9)),
            request: None,
        }
    }

    fn decide(user: &str, blocked: bool, facts: Option<&BlockFacts>) -> Result<Decision<Blocked>, Refusal> {
        let limits = Limits { blocks_per_user: 3, ..Limits::default() };
        let command = SetBlock { user: UserId::from_stored(user), blocked };
        set_block(&ada(), &command, facts, &limits, Timestamp(7))
    }

    #[test]
    fn a_block_makes_everybody_decide_again_who_decided_without_it() {
        let Decision::Write(plan) = decide("bob", true, Some(&facts())).unwrap() else { panic!("it is new") };
        assert_eq!(plan.guards, [privacy::guard_rev(UserKey(1), 4)]);
        for write in [
            PrivacyWrite::Rev { user: UserKey(1) },
            PrivacyWrite::MembersRev { conversation: ConversationKey(9) },
        ] {
            assert!(plan.writes.iter().any(|w| matches!(w, Write::Privacy(p) if *p == write)), "{write:?}");
        }
    }

    #[test]
    fn a_block_without_a_conversation_rests_on_there_being_none() {
        let strangers = BlockFacts { direct: None, ..facts() };
        let Decision::Write(plan) = decide("bob", true, Some(&strangers)).unwrap() else {
            panic!("it is new")
        };
        let key = DirectKey::of(&UserId::from_stored("ada"), &UserId::from_stored("bob"));
        assert!(plan.guards.contains(&Guard::Privacy(PrivacyGuard::DirectAbsent { key })));
    }

    #[test]
    fn what_is_so_already_writes_nothing() {
        let blocked = BlockFacts { blocked: true, count: 3, ..facts() };
        assert!(matches!(
            decide("bob", true, Some(&blocked)),
            Ok(Decision::Answer(Blocked { blocked: true, .. }))
        ));
        assert!(matches!(
            decide("bob", false, Some(&facts())),
            Ok(Decision::Answer(Blocked { blocked: false, .. }))
        ));
    }

    #[test]
    fn nobody_blocks_himself_a_stranger_or_too_many() {
        assert!(matches!(decide("ada", true, None), Err(Refusal::Invalid { .. })));
        assert!(matches!(decide("eve", true, None), Err(Refusal::NotFound { .. })));
        let most = |count| BlockFacts { count, ..facts() };
        assert!(matches!(decide("bob", true, Some(&most(2))), Ok(Decision::Write(_))));
        assert!(matches!(
            decide("bob", true, Some(&most(3))),
            Err(Refusal::LimitReached { limit: Limit { name: "blocks_per_user", .. }, .. })
        ));
    }
}
