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

/// What holds for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserSettings {
    /// Whose first message he takes.
    pub messaging_access: MessagingAccess,
    /// Whether others see how far he has come, and he how far they have.
    pub receipts: bool,
}

impl Default for UserSettings {
    fn default() -> Self {
        Self { messaging_access: MessagingAccess::Everyone, receipts: true }
    }
}

/// What a user chose himself. A choice that is the default is a choice: it stays when the default changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chosen {
    /// See [`UserSettings::messaging_access`].
    pub messaging_access: Option<MessagingAccess>,
    /// See [`UserSettings::receipts`].
    pub receipts: Option<bool>,
}

impl Chosen {
    /// What holds: where nothing was chosen, the default.
    #[must_use]
    pub fn or(self, default: UserSettings) -> UserSettings {
        UserSettings {
            messaging_access: self.messaging_access.unwrap_or(default.messaging_access),
            receipts: self.receipts.unwrap_or(default.receipts),
        }
    }

    /// With the choices of the other where it has some.
    fn updated_by(self, other: Self) -> Self {
        Self {
            messaging_access: other.messaging_access.or(self.messaging_access),
            receipts: other.receipts.or(self.receipts),
        }
    }
}

/// Change one's own settings. What is not chosen stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSettings(pub Chosen);

/// What must be known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFacts {
    /// What the user chose.
    pub chosen: Chosen,
    /// What holds for who chose nothing, by configuration.
    pub default: UserSettings,
    /// The actor's `privacy_rev`.
    pub privacy_rev: i64,
}

impl SettingsFacts {
    /// What holds now.
    #[must_use]
    pub fn settings(&self) -> UserSettings {
        self.chosen.or(self.default)
    }

    /// What holds once this is carried out.
    #[must_use]
    pub fn after(&self, command: &ChangeSettings) -> UserSettings {
        self.chosen.updated_by(command.0).or(self.default)
    }
}

/// Decides [`ChangeSettings`]. The answer is what holds then.
#[must_use]
pub fn change(actor: &Actor, command: &ChangeSettings, facts: &SettingsFacts) -> Decision<UserSettings> {
    let chosen = facts.chosen.updated_by(command.0);
    if chosen == facts.chosen {
        return Decision::Answer(facts.settings());
    }
    let user = actor.key;
    let mut writes = vec![Write::Privacy(PrivacyWrite::Settings { user, chosen })];
    writes.extend(privacy::touch(user, None));
    let change = PrivacyChange::Settings(chosen.or(facts.default));
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

    fn decide(chosen: Chosen, asked: Chosen) -> Decision<UserSettings> {
        let ada = Actor { key: UserKey(1), id: UserId::from_stored("ada") };
        let default = UserSettings { messaging_access: MessagingAccess::Nobody, receipts: true };
        change(&ada, &ChangeSettings(asked), &SettingsFacts { chosen, default, privacy_rev: 4 })
    }

    #[test]
    fn only_what_is_new_is_written() {
        let mutual = Chosen { messaging_access: Some(MessagingAccess::Mutual), receipts: None };
        for asked in [Chosen::default(), mutual] {
            let Decision::Answer(same) = decide(mutual, asked) else { panic!("nothing is new") };
            assert_eq!(same, UserSettings { messaging_access: MessagingAccess::Mutual, receipts: true });
        }
        let Decision::Write(plan) = decide(mutual, Chosen { receipts: Some(false), ..Chosen::default() })
        else {
            panic!("it is new")
        };
        assert_eq!(plan.guards, [privacy::guard_rev(UserKey(1), 4)]);
        let both = Chosen { messaging_access: Some(MessagingAccess::Mutual), receipts: Some(false) };
        assert!(
            matches!(plan.writes[0], Write::Privacy(PrivacyWrite::Settings { chosen, .. }) if chosen == both)
        );
        assert_eq!((plan.writes.len(), plan.changes.len()), (2, 1));
    }

    #[test]
    fn a_choice_of_the_default_is_a_choice() {
        let nobody = Chosen { messaging_access: Some(MessagingAccess::Nobody), receipts: None };
        assert!(matches!(decide(Chosen::default(), nobody), Decision::Write(_)));
        let receipts = Chosen { messaging_access: None, receipts: Some(true) };
        assert!(matches!(decide(Chosen::default(), receipts), Decision::Write(_)));
    }
}
