//! Follows: whose news somebody wants, as the host app or the user himself says it. They decide whose first message is
//! taken ([`MessagingAccess`](crate::settings::MessagingAccess)).

use crate::{
    Actor, Decision, Limits, Plan, Timestamp, UserId, UserKey, Write,
    accounts::User,
    privacy::{self, PrivacyWrite},
    refusal::{Field, Limit, Refusal},
};

/// Follow somebody, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFollow {
    /// Whom.
    pub user: UserId,
    /// Whether he is to be followed.
    pub following: bool,
}

/// What is between the asker and another user, as the asker may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The other.
    pub other: User,
    /// Whether the asker follows him.
    pub following: bool,
    /// Whether he follows the asker.
    pub followed: bool,
    /// Whether the asker blocks him.
    pub blocks: bool,
}

/// What must be known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowFacts {
    /// What is between the two.
    pub relation: Relation,
    /// Whether one of the two blocks the other.
    pub blocked: bool,
    /// How many the actor follows.
    pub count: i64,
    /// The actor's `privacy_rev`.
    pub privacy_rev: i64,
    /// The other's.
    pub other_rev: i64,
}

/// Decides [`SetFollow`]. The answer is what is between the two then.
///
/// # Errors
/// `invalid` for oneself, `not_found` for who is not known, `not_allowed` across a block, `limit_reached` beyond
/// `follows_per_user`.
pub fn set_follow(
    actor: &Actor,
    command: &SetFollow,
    facts: Option<&FollowFacts>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<Relation>, Refusal> {
    if command.user == actor.id {
        return Err(Refusal::invalid(Field("user_id"), "nobody can follow himself".into()));
    }
    let facts = facts.ok_or(Refusal::NotFound { what: "user" })?;
    if facts.relation.following == command.following {
        return Ok(Decision::Answer(facts.relation.clone()));
    }
    let (user, other): (UserKey, UserKey) = (actor.key, facts.relation.other.key);
    let mut guards = vec![privacy::guard_rev(user, facts.privacy_rev)];
    if command.following {
        if facts.blocked {
            return Err(Refusal::NotAllowed);
        }
        if facts.count >= limits.follows_per_user as i64 {
            return Err(Refusal::LimitReached {
                field: Field("user_id"),
                message: format!("you follow {} people already", facts.count),
                limit: Limit { name: "follows_per_user", allowed: limits.follows_per_user as u64 },
            });
        }
        // He may block meanwhile.
        guards.push(privacy::guard_rev(other, facts.other_rev));
    }
    let since = command.following.then_some(now);
    let mut writes = vec![Write::Privacy(PrivacyWrite::Follow { user, other, since })];
    writes.extend(privacy::touch(user, None));
    Ok(Decision::Write(Plan { guards, writes, ..Plan::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Profile;

    fn facts() -> FollowFacts {
        let other = User { key: UserKey(2), id: UserId::from_stored("bob"), profile: Profile::default() };
        let relation = Relation { other, following: false, followed: true, blocks: false };
        FollowFacts { relation, blocked: false, count: 0, privacy_rev: 4, other_rev: 7 }
    }

    fn decide(
        user: &str,
        following: bool,
        facts: Option<&FollowFacts>,
    ) -> Result<Decision<Relation>, Refusal> {
        let ada = Actor { key: UserKey(1), id: UserId::from_stored("ada") };
        let limits = Limits { follows_per_user: 3, ..Limits::default() };
        let command = SetFollow { user: UserId::from_stored(user), following };
        set_follow(&ada, &command, facts, &limits, Timestamp(7))
    }

    #[test]
    fn a_follow_rests_on_there_being_no_block_and_makes_others_decide_again() {
        let Decision::Write(plan) = decide("bob", true, Some(&facts())).unwrap() else { panic!("it is new") };
        assert_eq!(plan.guards, [privacy::guard_rev(UserKey(1), 4), privacy::guard_rev(UserKey(2), 7)]);
        assert!(matches!(plan.writes[1], Write::Privacy(PrivacyWrite::Rev { user: UserKey(1) })));
        let blocked = FollowFacts { blocked: true, ..facts() };
        assert_eq!(decide("bob", true, Some(&blocked)).unwrap_err(), Refusal::NotAllowed);
    }

    #[test]
    fn what_is_so_already_writes_nothing() {
        assert!(matches!(decide("bob", false, Some(&facts())), Ok(Decision::Answer(_))));
    }

    #[test]
    fn nobody_follows_himself_a_stranger_or_too_many() {
        assert!(matches!(decide("ada", true, None), Err(Refusal::Invalid { .. })));
        assert!(matches!(decide("eve", true, None), Err(Refusal::NotFound { .. })));
        let most = |count| FollowFacts { count, ..facts() };
        assert!(matches!(decide("bob", true, Some(&most(2))), Ok(Decision::Write(_))));
        assert!(matches!(
            decide("bob", true, Some(&most(3))),
            Err(Refusal::LimitReached { limit: Limit { name: "follows_per_user", .. }, .. })
        ));
    }
}
