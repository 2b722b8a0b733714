//! Who may reach whom: what blocks, follows and settings have in common.
//!
//! All of it that is one user's own is counted by his `privacy_rev`: a decision that rests on it guards that number.

use crate::{
    Change, ConversationKey, Guard, Refusal, Timestamp, UserId, UserKey, Write,
    conversations::DirectKey,
    requests::{Request, RequestState},
    settings::{Chosen, MessagingAccess, UserSettings},
};

/// What is known of a user to whom somebody, the actor, wants to come close.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub user: UserKey,
    /// The number of the last change of what he decided himself: blocks, follows, settings. `None` for who is only about
    /// to be made: should he be announced meanwhile, the plan that makes him meets him.
    pub privacy_rev: Option<i64>,
    /// Whether one of the two blocks the other.
    pub blocked: bool,
    /// Whose first message he takes.
    pub access: MessagingAccess,
    /// Whether he shows others how far he has come, and is shown it.
    pub receipts: bool,
    /// Whether he follows the actor.
    pub follows: bool,
    /// Whether the actor follows him.
    pub followed: bool,
}

impl Contact {
    /// Somebody whom nobody announced: he has decided nothing, so the configuration's settings hold.
    #[must_use]
    pub fn unknown(user: UserKey, default: UserSettings) -> Self {
        let UserSettings { messaging_access: access, receipts } = default;
        Self { user, privacy_rev: None, blocked: false, access, receipts, follows: false, followed: false }
    }

    fn takes_first_message(&self) -> bool {
        match self.access {
            MessagingAccess::Everyone => true,
            MessagingAccess::Followers => self.followed,
            MessagingAccess::Mutual => self.followed && self.follows,
            MessagingAccess::Nobody => false,
        }
    }
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
    /// A row of `follows`, made or taken away.
    Follow {
        /// Who follows.
        user: UserKey,
        /// Whom.
        other: UserKey,
        /// Since when; `None`: no longer.
        since: Option<Timestamp>,
    },
    /// A row of `user_settings`.
    Settings {
        /// Whose.
        user: UserKey,
        /// All that he chose.
        chosen: Chosen,
    },
    /// A row of `message_requests`: a new one, or that one with another state.
    Request {
        /// The conversation that it is about.
        conversation: ConversationKey,
        /// Who made it.
        requester: UserKey,
        /// Who is asked.
        recipient: UserKey,
        /// How far it has come.
        state: RequestState,
        /// Since when.
        at: Timestamp,
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
    /// He changed his settings; this is what holds now.
    Settings(UserSettings),
    /// Somebody asks to write to him, or he has answered.
    Request(Request),
}

/// What a user's devices mirror of his privacy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivacyState {
    /// Whom he blocks, by id; in the order of ids.
    pub blocked: Vec<UserId>,
    /// What he chose in his settings.
    pub chosen: Chosen,
    /// The requests that wait for him, the newest first.
    pub requests: Vec<Request>,
}

/// The guards under which an actor may come close to these contacts, himself among them.
///
/// # Errors
/// `not_allowed` where there is a block between them, whoever set it, and where somebody does not take the actor's first
/// message.
pub fn approach(actor: UserKey, contacts: &[Contact]) -> Result<Vec<Guard>, Refusal> {
    let refuses = |contact: &Contact| contact.blocked || !contact.takes_first_message();
    if contacts.iter().any(|contact| contact.user != actor && refuses(contact)) {
        return Err(Refusal::NotAllowed);
    }
    let guard = |contact: &Contact| contact.privacy_rev.map(|rev| guard_rev(contact.user, rev));
    Ok(contacts.iter().filter_map(guard).collect())
}

/// How an actor may begin a direct conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approach {
    /// The two are in it.
    Open(Vec<Guard>),
    /// The other one is asked first.
    Request(Vec<Guard>),
}

/// How an actor may come close to one contact, himself given beside him: who takes first messages of some is asked by others.
///
/// # Errors
/// `not_allowed` where there is a block between them, whoever set it, and where nobody's first message is taken.
pub fn approach_one(actor: UserKey, contacts: &[Contact]) -> Result<Approach, Refusal> {
    let asks = |contact: &Contact| {
        let takes_some = matches!(contact.access, MessagingAccess::Followers | MessagingAccess::Mutual);
        contact.user != actor && !contact.blocked && takes_some && !contact.takes_first_message()
    };
    if contacts.iter().any(asks) {
        let guard = |contact: &Contact| contact.privacy_rev.map(|rev| guard_rev(contact.user, rev));
        return Ok(Approach::Request(contacts.iter().filter_map(guard).collect()));
    }
    approach(actor, contacts).map(Approach::Open)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_message_is_taken_of_whom_one_wants_it() {
        let may = |access, followed, follows| {
            let me = Contact {
                user: UserKey(1),
                privacy_rev: Some(0),
                blocked: false,
                access: MessagingAccess::Nobody,
                receipts: true,
                follows: false,
                followed: false,
            };
            let other = Contact { user: UserKey(2), access, follows, followed, ..me.clone() };
            approach(UserKey(1), &[me, other]).is_ok()
        };
        let cases = [(false, false), (true, false), (false, true), (true, true)];
        for (access, expected) in [
            (MessagingAccess::Everyone, [true; 4]),
            (MessagingAccess::Followers, [false, true, false, true]),
            (MessagingAccess::Mutual, [false, false, false, true]),
            (MessagingAccess::Nobody, [false; 4]),
        ] {
            assert_eq!(
                cases.map(|(followed, follows)| may(access, followed, follows)),
                expected,
                "{access:?}"
            );
        }
    }

    #[test]
    fn who_takes_some_first_messages_is_asked_by_others() {
        let me = Contact {
            user: UserKey(1),
            privacy_rev: Some(3),
            blocked: false,
            access: MessagingAccess::Nobody,
            receipts: true,
            follows: false,
            followed: false,
        };
        let other = |access, followed| Contact { user: UserKey(2), access, followed, ..me.clone() };
        let both = || vec![guard_rev(UserKey(1), 3), guard_rev(UserKey(2), 3)];
        let how = |other: Contact| approach_one(UserKey(1), &[me.clone(), other]);
        assert_eq!(how(other(MessagingAccess::Followers, true)), Ok(Approach::Open(both())));
        assert_eq!(how(other(MessagingAccess::Followers, false)), Ok(Approach::Request(both())));
        assert_eq!(how(other(MessagingAccess::Mutual, true)), Ok(Approach::Request(both())));
        assert_eq!(how(other(MessagingAccess::Nobody, false)), Err(Refusal::NotAllowed));
        let blocked = Contact { blocked: true, ..other(MessagingAccess::Mutual, false) };
        assert_eq!(how(blocked), Err(Refusal::NotAllowed));
    }
}
