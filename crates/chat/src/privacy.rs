//! Who may reach whom: what blocks (and later follows, settings and requests) have in common.
//!
//! All of it that is one user's own is counted by his `privacy_rev`: a decision that rests on it guards that number.

use crate::{
    Change, ConversationKey, Guard, Refusal, Timestamp, UserId, UserKey, Write, conversations::DirectKey,
};

/// What is known of a user to whom somebody, the actor, wants to come close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub user: UserKey,
    /// The number of the last change of what he decided himself: blocks, follows, settings.
    pub privacy_rev: i64,
    /// Whether one of the two blocks the other.
    pub blocked: bool,
}

/// A fact about privacy that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivacyGuard {
    /// Nothing that this user decided about privacy changed since the facts were read.
    Rev {
        /// Who.
        user: UserKey,
        /// His `privacy_rev` in the facts.
        privacy_rev: i64,
    },
    /// The pair has no direct conversation.
    DirectAbsent {
        /// The pair.
        key: DirectKey,
    },
}

/// A row about privacy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivacyWrite {
    /// The user's `privacy_rev` grows by one.
    Rev {
        /// Whose.
        user: UserKey,
    },
    /// The conversation's `members_rev` grows by one: who may write in it has changed, though nobody joined or left.
    MembersRev {
        /// Which.
        conversation: ConversationKey,
    },
    /// A row of `blocks`, made or taken away.
    Block {
        /// Who blocks.
        user: UserKey,
        /// Whom.
        other: UserKey,
        /// Since when; `None`: no longer.
        since: Option<Timestamp>,
    },
}

/// A change of a user's own stream that is about his privacy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivacyChange {
    /// He blocks somebody, or no longer does.
    Block {
        /// Whom, by number.
        other: UserKey,
        /// Whom, by id.
        other_id: UserId,
        /// Whether he does now.
        blocked: bool,
    },
}

/// What a user's devices mirror of his privacy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivacyState {
    /// Whom he blocks, by id; in the order of ids.
    pub blocked: Vec<UserId>,
}

/// The guards under which an actor may come close to these contacts, himself among them.
///
/// # Errors
/// `not_allowed` where there is a block between them, whoever set it.
pub fn approach(contacts: &[Contact]) -> Result<Vec<Guard>, Refusal> {
    if contacts.iter().any(|contact| contact.blocked) {
        return Err(Refusal::NotAllowed);
    }
    Ok(contacts.iter().map(|contact| guard_rev(contact.user, contact.privacy_rev)).collect())
}

/// See [`PrivacyGuard::Rev`].
#[must_use]
pub fn guard_rev(user: UserKey, privacy_rev: i64) -> Guard {
    Guard::Privacy(PrivacyGuard::Rev { user, privacy_rev })
}

/// A change of this user's own stream.
#[must_use]
pub fn change(user: UserKey, user_id: UserId, change: PrivacyChange) -> Change {
    Change::Privacy { user, user_id, change }
}

/// The writes that make others see that what this user decided has changed: whoever decided on it decides again.
#[must_use]
pub fn touch(user: UserKey, direct: Option<ConversationKey>) -> Vec<Write> {
    let members = direct.map(|conversation| PrivacyWrite::MembersRev { conversation });
    [PrivacyWrite::Rev { user }].into_iter().chain(members).map(Write::Privacy).collect()
}
