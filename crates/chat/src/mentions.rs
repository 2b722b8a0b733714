//! Mentions: a message names people of its conversation, or all of them, and they are told that it does.

use crate::{
    ConversationKey, Limits, Refusal, UserId, UserKey,
    conversations::Members,
    refusal::{Field, Limit},
};

/// Whom a message names. It is shown to all alike; for whom it counts is another matter ([`counting`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// People, each once, in the order given.
    pub users: Vec<UserId>,
    /// Everybody in the conversation.
    pub all: bool,
}

impl Mentions {
    /// Each once, at most `mentions_per_message` of them; all together are one more.
    ///
    /// # Errors
    /// `invalid` for more.
    pub fn parse(ids: Vec<UserId>, all: bool, limits: &Limits) -> Result<Self, Refusal> {
        let mut users: Vec<UserId> = Vec::new();
        for id in ids {
            if !users.contains(&id) {
                users.push(id);
            }
            if users.len() + usize::from(all) > limits.mentions_per_message {
                let allowed = limits.mentions_per_message as u64;
                return Err(Refusal::Invalid {
                    field: Field("mentions"),
                    message: format!("a message mentions at most {allowed} people (mentions_per_message)"),
                    limit: Some(Limit { name: "mentions_per_message", allowed }),
                });
            }
        }
        Ok(Self { users, all })
    }

    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && !self.all
    }
}

/// A block between two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// Who blocks.
    pub user: UserKey,
    /// Whom.
    pub other: UserKey,
}

/// Somebody for whom a message counts as a mention: a row of `mentions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mentioned {
    /// Where.
    pub conversation: ConversationKey,
    /// Whom; `None`: everybody.
    pub user: Option<UserKey>,
    /// By whom. For him it does not count.
    pub sender: UserKey,
}

/// Whom a message by `sender` names, and for whom that counts. Whom he blocks himself he does not name; who blocks him is
/// named, so that he does not learn of it, and it does not count.
///
/// # Errors
/// `invalid` for who is not in the conversation.
pub fn counting(
    mentions: &Mentions,
    conversation: ConversationKey,
    members: &Members,
    sender: UserKey,
    blocks: &[Between],
) -> Result<(Mentions, Vec<Mentioned>), Refusal> {
    let (mut shown, mut counted) = (Vec::new(), Vec::new());
    for id in &mentions.users {
        let member = members.iter().find(|member| member.id == *id).ok_or_else(|| {
            let message = format!("{id} is not in this conversation, so nobody is told of this mention");
            Refusal::invalid(Field("mentions"), message)
        })?;
        let between = |user, other| blocks.contains(&Between { user, other });
        if between(sender, member.key) {
            continue;
        }
        shown.push(id.clone());
        if member.key != sender && !between(member.key, sender) {
            counted.push(Mentioned { conversation, user: Some(member.key), sender });
        }
    }
    if mentions.all {
        // Once for everybody: who is named beside that is not counted twice.
        counted = vec![Mentioned { conversation, user: None, sender }];
    }
    Ok((Mentions { users: shown, all: mentions.all }, counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::direct;

    fn id(id: &str) -> UserId {
        UserId::from_stored(id)
    }

    fn naming(ids: &[&str], all: bool) -> Mentions {
        Mentions { users: ids.iter().copied().map(id).collect(), all }
    }

    const ADA: UserKey = UserKey(1);
    const BOB: UserKey = UserKey(2);

    fn count(mentions: &Mentions, blocks: &[Between]) -> Result<(Mentions, Vec<Option<UserKey>>), Refusal> {
        let facts = direct();
        let (shown, counted) = counting(mentions, facts.key, &facts.members, ADA, blocks)?;
        Ok((shown, counted.iter().map(|one| one.user).collect()))
    }

    #[test]
    fn members_are_named_and_oneself_is_not_told() {
        let both = naming(&["bob", "ada"], false);
        assert_eq!(count(&both, &[]), Ok((both.clone(), vec![Some(BOB)])));
        assert!(matches!(count(&naming(&["eve"], false), &[]), Err(Refusal::Invalid { .. })));
    }

    #[test]
    fn all_are_one() {
        let all = naming(&["bob"], true);
        assert_eq!(count(&all, &[]), Ok((all.clone(), vec![None])));
    }

    #[test]
    fn a_block_is_not_told_and_nothing_counts_across_it() {
        let bob = naming(&["bob"], false);
        assert_eq!(count(&bob, &[Between { user: BOB, other: ADA }]), Ok((bob.clone(), vec![])));
        assert_eq!(count(&bob, &[Between { user: ADA, other: BOB }]), Ok((naming(&[], false), vec![])));
    }

    #[test]
    fn at_the_limit_and_one_beyond() {
        let limits = Limits { mentions_per_message: 2, ..Limits::default() };
        let parse = |ids: &[&str], all| Mentions::parse(ids.iter().copied().map(id).collect(), all, &limits);
        assert_eq!(parse(&["bob", "bob", "eve"], false), Ok(naming(&["bob", "eve"], false)));
        assert!(parse(&["bob"], true).is_ok());
        assert!(matches!(parse(&["bob", "eve", "dan"], false), Err(Refusal::Invalid { limit: Some(_), .. })));
        assert!(parse(&["bob", "eve"], true).is_err());
    }
}
