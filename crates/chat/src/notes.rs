//! What Parlor itself says in a conversation: that somebody joined, left, or was given a role. Such a message has a
//! number like any other and is never unread. It says what happened, not in which words: those are the reader's.

use std::sync::Arc;

use crate::{
    Actor, ConversationId, ConversationKey, MessageId, Timestamp, UserId,
    conversations::Role,
    details::Part,
    extras::Extras,
    messages::{Kind, MessageBody, NewMessage, RequestHash},
};

/// What happened. Who did it is the message's sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// These were added.
    Added(Vec<UserId>),
    /// This one was removed.
    Removed(UserId),
    /// The sender left; if he owned the conversation, it is this one's now.
    Left(Option<UserId>),
    /// This one has another role.
    RoleChanged(UserId, Role),
    /// This one owns the conversation now.
    OwnerChanged(UserId),
    /// These of its details are others now; the name, if that is among them.
    Updated(Vec<Part>, Option<String>),
}

impl Note {
    /// As it is stored: what happened, then a line for each value. No value has a line break.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (event, values): (&str, Vec<&str>) = match self {
            Self::Added(users) => ("added", users.iter().map(UserId::as_str).collect()),
            Self::Removed(user) => ("removed", vec![user.as_str()]),
            Self::Left(owner) => ("left", owner.iter().map(UserId::as_str).collect()),
            Self::RoleChanged(user, role) => ("role_changed", vec![user.as_str(), role_name(*role)]),
            Self::OwnerChanged(user) => ("owner_changed", vec![user.as_str()]),
            // Parts, and behind them the name: it comes exactly if it is one of them.
            Self::Updated(parts, name) => {
                let parts = parts.iter().map(|part| part_name(*part));
                ("updated", parts.chain(name.as_deref()).collect())
            }
        };
        std::iter::once(event).chain(values).collect::<Vec<_>>().join("\n")
    }

    /// Reads what [`to_text`](Self::to_text) wrote; `None` for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let event = lines.next()?;
        let mut users = lines.clone().map(UserId::from_stored);
        Some(match event {
            "added" => Self::Added(users.collect()),
            "removed" => Self::Removed(users.next()?),
            "left" => Self::Left(users.next()),
            "role_changed" => Self::RoleChanged(users.next()?, role_named(lines.nth(1)?)?),
            "owner_changed" => Self::OwnerChanged(users.next()?),
            "updated" => updated(&lines.collect::<Vec<_>>())?,
            _ => return None,
        })
    }

    /// The message that says so.
    pub(crate) fn message(
        &self,
        sender: &Actor,
        id: MessageId,
        (conversation, conversation_id): (ConversationKey, ConversationId),
        now: Timestamp,
    ) -> Arc<NewMessage> {
        Arc::new(NewMessage {
            conversation,
            conversation_id,
            id,
            // Nobody sends it again: its id is made here.
            request_hash: RequestHash([0; 16]),
            sender: sender.key,
            sender_id: sender.id.clone(),
            kind: Kind::System,
            body: MessageBody::of_note(self),
            reply_to: None,
            extras: Extras::default(),
            mentioned: Vec::new(),
            created_at: now,
        })
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Moderator => "moderator",
        Role::Member => "member",
    }
}

fn role_named(name: &str) -> Option<Role> {
    crate::permissions::ROLES.into_iter().find(|role| role_name(*role) == name)
}

fn part_name(part: Part) -> &'static str {
    Part::NAMES.iter().find(|(_, of)| *of == part).map_or("", |(name, _)| name)
}

/// Reads the lines behind `updated`: one for each part, and the name if that is one.
fn updated(lines: &[&str]) -> Option<Note> {
    let (name, parts) = match lines {
        [parts @ .., name] if parts.contains(&part_name(Part::Name)) => (Some((*name).to_owned()), parts),
        parts => (None, parts),
    };
    let part = |line: &&str| Part::NAMES.iter().find(|(name, _)| name == line).map(|(_, part)| *part);
    let parts = parts.iter().map(part).collect::<Option<Vec<_>>>()?;
    (!parts.is_empty()).then_some(Note::Updated(parts, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let [ada, bob] = ["ada", "b o|b"].map(UserId::from_stored);
        for note in [
            Note::Added(vec![ada.clone(), bob.clone()]),
            Note::Removed(bob.clone()),
            Note::Left(None),
            Note::Left(Some(ada.clone())),
            Note::RoleChanged(bob.clone(), Role::Moderator),
            Note::OwnerChanged(ada),
            Note::Updated(vec![Part::Name, Part::Settings], Some("name".into())),
            Note::Updated(vec![Part::Description, Part::AvatarUrl], None),
        ] {
            assert_eq!(Note::from_text(&note.to_text()), Some(note));
        }
        for unknown in ["", "danced\nada", "removed", "role_changed\nbob\nking"] {
            assert_eq!(Note::from_text(unknown), None, "{unknown:?}");
        }
    }
}
