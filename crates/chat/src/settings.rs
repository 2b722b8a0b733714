//! What a user sets for himself.

use crate::{
    Actor, Decision, Plan, Write,
    privacy::{self, PrivacyChange, PrivacyWrite},
};

/// Whose first message a user takes: who may start a direct conversation with him, or a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MessagingAccess {
    /// Anybody's.
    #[default]
    Everyone,
    /// Of those who follow him.
    Followers,
    /// Of those who follow him and whom he follows.
    Mutual,
    /// Nobody's.
    Nobody,
}

impl MessagingAccess {
    /// All of them, with their names outside.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("everyone", Self::Everyone),
        ("followers", Self::Followers),
        ("mutual", Self::Mutual),
        ("nobody", Self::Nobody),
    ];
}

/// Change one's own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSettings {
    /// Whose first message is taken; `None` leaves it as it is.
    pub messaging_access: Option<MessagingAccess>,
}

/// What must be known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFacts {
    /// What the user chose, if he did.
    pub chosen: Option<MessagingAccess>,
    /// What holds for who chose nothing, by configuration.
    pub default: MessagingAccess,
    /// The actor's `privacy_rev`.
    pub privacy_rev: i64,
}

impl SettingsFacts {
    /// What holds now.
    #[must_use]
    pub fn messaging_access(&self) -> MessagingAccess {
        self.chosen.unwrap_or(self.default)
    }
}

/// Decides [`ChangeSettings`]. The answer is what holds then. A choice that is the default is a choice: it stays when the
/// default changes.
#[must_use]
pub fn change(actor: &Actor, command: &ChangeSettings, facts: &SettingsFacts) -> Decision<MessagingAccess> {
    let Some(messaging_access) = command.messaging_access.filter(|asked| facts.chosen != Some(*asked)) else {
        return Decision::Answer(facts.messaging_access());
    };
    let user = actor.key;
    let mut writes = vec![Write::Privacy(PrivacyWrite::Settings { user, messaging_access })];
    writes.extend(privacy::touch(user, None));
    let change = PrivacyChange::Settings { messaging_access };
    Decision::Write(Plan {
        guards: vec![privacy::guard_rev(user, facts.privacy_rev)],
        writes,
        changes: vec![privacy::change(user, actor.id.clone(), change)],
        ..Plan::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{UserId, UserKey};

    #[test]
    fn only_what_is_new_is_written() {
        let ada = Actor { key: UserKey(1), id: UserId::from_stored("ada") };
        let default = MessagingAccess::Everyone;
        let facts = SettingsFacts { chosen: Some(MessagingAccess::Mutual), default, privacy_rev: 4 };
        for messaging_access in [None, Some(MessagingAccess::Mutual)] {
            let same = change(&ada, &ChangeSettings { messaging_access }, &facts);
            assert!(matches!(same, Decision::Answer(MessagingAccess::Mutual)));
        }
        let command = ChangeSettings { messaging_access: Some(MessagingAccess::Nobody) };
        let Decision::Write(plan) = change(&ada, &command, &facts) else { panic!("it is new") };
        assert_eq!(plan.guards, [privacy::guard_rev(ada.key, 4)]);
        assert_eq!((plan.writes.len(), plan.changes.len()), (2, 1));
    }

    #[test]
    fn a_choice_of_the_default_is_a_choice() {
        let ada = Actor { key: UserKey(1), id: UserId::from_stored("ada") };
        let facts = SettingsFacts { chosen: None, default: MessagingAccess::Nobody, privacy_rev: 4 };
        let command = ChangeSettings { messaging_access: Some(MessagingAccess::Nobody) };
        assert!(matches!(change(&ada, &command, &facts), Decision::Write(_)));
    }
}
