//! Who may do what in a conversation: one table, which `docs/permissions.md` shows and a test compares.

use crate::conversations::{Kind, Role, WhoMayAdd};

/// Something that not everybody in a group may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Change name, description, picture and settings.
    ChangeConversation,
    /// Take somebody out who ranks lower.
    Remove,
    /// Give a role below one's own to somebody who ranks lower.
    ChangeRole,
    /// Make somebody else the owner.
    TransferOwnership,
    /// Write while the conversation is read-only, and without waiting in slow mode.
    WriteAlways,
}

/// Roles, the highest first, as the table's columns are.
pub const ROLES: [Role; 4] = [Role::Owner, Role::Admin, Role::Moderator, Role::Member];

/// The table: what is done, in words, and whether each of [`ROLES`] may.
pub const PERMISSIONS: &[(Action, &str, [bool; 4])] = &[
    (Action::ChangeConversation, "change name, description, picture, settings", [true, true, false, false]),
    (Action::Remove, "remove somebody of a lower role", [true, true, true, false]),
    (
        Action::ChangeRole,
        "give a role below one's own to somebody of a lower role",
        [true, true, false, false],
    ),
    (Action::TransferOwnership, "make somebody else the owner", [true, false, false, false]),
    (
        Action::WriteAlways,
        "write while it is read-only, and without waiting in slow mode",
        [true, true, true, false],
    ),
];

/// The same for adding people, which depends on the conversation's `who_may_add`.
pub const WHO_MAY_ADD: &[(WhoMayAdd, &str, [bool; 4])] = &[
    (WhoMayAdd::Owner, "owner", [true, false, false, false]),
    (WhoMayAdd::Admins, "admins", [true, true, false, false]),
    (WhoMayAdd::Anyone, "anyone", [true, true, true, true]),
];

/// Whether this role may do this in a conversation of this kind. In a direct conversation two are alike, and nobody is
/// added, removed or raised.
#[must_use]
pub fn may(kind: Kind, role: Role, action: Action) -> bool {
    kind != Kind::Direct && PERMISSIONS.iter().any(|(of, _, allowed)| *of == action && allowed[rank(role)])
}

/// Whether this role may add people.
#[must_use]
pub fn may_add(kind: Kind, role: Role, who: WhoMayAdd) -> bool {
    kind != Kind::Direct && WHO_MAY_ADD.iter().any(|(of, _, allowed)| *of == who && allowed[rank(role)])
}

/// Whether the first role is above the second.
#[must_use]
pub fn outranks(role: Role, other: Role) -> bool {
    rank(role) < rank(other)
}

/// The column of the tables: 0 is the highest.
pub(crate) fn rank(role: Role) -> usize {
    match role {
        Role::Owner => 0,
        Role::Admin => 1,
        Role::Moderator => 2,
        Role::Member => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(words: &str, allowed: &[bool; 4]) -> String {
        let cells: Vec<&str> = allowed.iter().map(|may| if *may { "yes" } else { "–" }).collect();
        format!("| {words} | {} |", cells.join(" | "))
    }

    #[test]
    fn the_document_shows_the_table() {
        let document = include_str!("../../../docs/permissions.md");
        let actions = PERMISSIONS.iter().map(|(_, words, allowed)| row(words, allowed));
        let adding = WHO_MAY_ADD
            .iter()
            .map(|(_, name, allowed)| row(&format!("add people while `who_may_add` is `{name}`"), allowed));
        for row in actions.chain(adding) {
            assert!(document.contains(&row), "docs/permissions.md lacks:\n{row}");
        }
        let rows = document.lines().filter(|line| line.contains("| yes |") || line.contains("| – |"));
        assert_eq!(rows.count(), PERMISSIONS.len() + WHO_MAY_ADD.len(), "rows without a rule");
    }

    #[test]
    fn a_higher_role_may_whatever_a_lower_one_may() {
        for (action, _, allowed) in PERMISSIONS {
            assert!(allowed.is_sorted_by(|higher, lower| higher >= lower), "{action:?}");
        }
        for (who, _, allowed) in WHO_MAY_ADD {
            assert!(allowed.is_sorted_by(|higher, lower| higher >= lower), "{who:?}");
        }
    }

    #[test]
    fn in_a_direct_conversation_nobody_may() {
        assert!(PERMISSIONS.iter().all(|(action, ..)| !may(Kind::Direct, Role::Owner, *action)));
        assert!(!may_add(Kind::Direct, Role::Owner, WhoMayAdd::Anyone));
    }
}
