//! Who is in a conversation, on the wire.

use chat::{
    ConversationId,
    details::Part,
    notes::Note,
    participants::{ParticipantChange, ParticipantChanged},
};
use protocol::{ConversationRemoved, NoteEvent, ParticipantJoined, ParticipantLeft, ParticipantUpdated};

use super::{accounts, conversations::role};

/// One of the three events that tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// `participant:joined`.
    Joined(ParticipantJoined),
    /// `participant:left`.
    Left(ParticipantLeft),
    /// `participant:updated`.
    Updated(ParticipantUpdated),
}

/// The event of a change.
#[must_use]
pub fn changed(changed: &ParticipantChanged) -> Told {
    let conversation_id = changed.conversation_id.to_string();
    let (prev_rev, rev) = (changed.rev - 1, changed.rev);
    match &changed.change {
        ParticipantChange::Joined(user, as_what) => {
            let participant = protocol::Participant { user: accounts::user(user), role: role(*as_what) };
            Told::Joined(ParticipantJoined { conversation_id, participant, prev_rev, rev })
        }
        ParticipantChange::Left(user) => {
            Told::Left(ParticipantLeft { conversation_id, user_id: user.to_string(), prev_rev, rev })
        }
        ParticipantChange::Updated(user, as_what) => {
            let (user_id, role) = (user.to_string(), role(*as_what));
            Told::Updated(ParticipantUpdated { conversation_id, user_id, role, prev_rev, rev })
        }
    }
}

/// The event that tells a user that he is not in a conversation any more.
#[must_use]
pub fn removed(conversation: ConversationId, user_rev: i64) -> ConversationRemoved {
    let conversation_id = conversation.to_string();
    ConversationRemoved { conversation_id, prev_user_rev: user_rev - 1, user_rev }
}

/// What Parlor says in a conversation.
#[must_use]
pub fn note(note: &Note) -> protocol::Note {
    let (mut fields, mut name) = (Vec::new(), None);
    let (event, users, as_what) = match note {
        Note::Added(users) => (NoteEvent::Added, users.iter().collect(), None),
        Note::Removed(user) => (NoteEvent::Removed, vec![user], None),
        Note::Left(owner) => (NoteEvent::Left, owner.iter().collect(), None),
        Note::RoleChanged(user, as_what) => (NoteEvent::RoleChanged, vec![user], Some(*as_what)),
        Note::OwnerChanged(user) => (NoteEvent::OwnerChanged, vec![user], None),
        Note::Updated(parts, renamed) => {
            let named = Part::NAMES.iter().filter(|(_, part)| parts.contains(part));
            fields = named.map(|(field, _)| (*field).to_owned()).collect();
            name.clone_from(renamed);
            (NoteEvent::Updated, Vec::new(), None)
        }
    };
    let user_ids = users.into_iter().map(ToString::to_string).collect();
    protocol::Note { event, user_ids, role: as_what.map(role), fields, name }
}
