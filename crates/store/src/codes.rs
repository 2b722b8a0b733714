//! The numbers that kinds and roles are stored as. They are in databases: never change one, only add.

use chat::{
    conversations::{History, Kind, Role, WhoMayAdd},
    messages::{self, MessageChange},
    participants::ParticipantChange,
    privacy::PrivacyChange,
    receipts::ReceiptKind,
    requests::RequestState,
    settings::MessagingAccess,
    sync::OwnChange,
};

use crate::StoreError;

/// A row of `changes`: a message was added; `ref` is its `seq`.
pub(crate) const MESSAGE_NEW: i64 = 1;

/// A row of `changes`: a message has another text; `ref` is its `seq`.
pub(crate) const MESSAGE_EDITED: i64 = 2;

/// A row of `changes`: a message was unsent; `ref` is its `seq`.
pub(crate) const MESSAGE_UNSENT: i64 = 3;

/// A row of `changes`: somebody reacted to a message; `ref` is its `seq`.
pub(crate) const MESSAGE_REACTED: i64 = 4;

pub(crate) fn message_change(how: &MessageChange) -> i64 {
    match how {
        MessageChange::Edited => MESSAGE_EDITED,
        MessageChange::Unsent => MESSAGE_UNSENT,
        MessageChange::Reacted { .. } => MESSAGE_REACTED,
    }
}

/// A row of `changes`: somebody joined; `ref` is the user's key.
pub(crate) const PARTICIPANT_JOINED: i64 = 20;

/// A row of `changes`: somebody left; `ref` is the user's key.
pub(crate) const PARTICIPANT_LEFT: i64 = 21;

/// A row of `changes`: somebody has another role; `ref` is the user's key.
pub(crate) const PARTICIPANT_UPDATED: i64 = 22;

/// A row of `changes`: the conversation has other details; `ref` is 0.
pub(crate) const CONVERSATION_UPDATED: i64 = 23;

pub(crate) fn participant_change(change: &ParticipantChange) -> i64 {
    match change {
        ParticipantChange::Joined(..) => PARTICIPANT_JOINED,
        ParticipantChange::Left(_) => PARTICIPANT_LEFT,
        ParticipantChange::Updated(..) => PARTICIPANT_UPDATED,
    }
}

/// A row of `user_changes`: he gained a conversation; `ref` is its key.
pub(crate) const CONVERSATION_JOINED: i64 = 1;

/// A row of `user_changes`: he read in a conversation; `ref` is its key.
pub(crate) const CONVERSATION_READ: i64 = 2;

/// A row of `user_changes`: he hid a message from himself; `ref` is its conversation's key, and the row of
/// `message_hidden` with this `user_rev` says which.
pub(crate) const MESSAGE_HIDDEN: i64 = 3;

/// A row of `user_changes`: he blocks somebody, or no longer does; `ref` is the other's key. From 100 on they are about
/// privacy, and `ref` is no conversation.
pub(crate) const BLOCK_CHANGED: i64 = 100;

/// A row of `user_changes`: he changed his settings; `ref` is his own key.
pub(crate) const SETTINGS_CHANGED: i64 = 101;

/// A row of `user_changes`: somebody asks to write to him, or he answered; `ref` is the other's key.
pub(crate) const REQUEST_CHANGED: i64 = 102;

pub(crate) fn messaging_access(access: MessagingAccess) -> i64 {
    match access {
        MessagingAccess::Everyone => 1,
        MessagingAccess::Followers => 2,
        MessagingAccess::Mutual => 3,
        MessagingAccess::Nobody => 4,
    }
}

pub(crate) fn messaging_access_of(code: i64) -> Result<MessagingAccess, StoreError> {
    match code {
        1 => Ok(MessagingAccess::Everyone),
        2 => Ok(MessagingAccess::Followers),
        3 => Ok(MessagingAccess::Mutual),
        4 => Ok(MessagingAccess::Nobody),
        _ => Err(unknown("messaging access", code)),
    }
}

pub(crate) fn privacy_change(change: &PrivacyChange) -> i64 {
    match change {
        PrivacyChange::Block { .. } => BLOCK_CHANGED,
        PrivacyChange::Settings(_) => SETTINGS_CHANGED,
        PrivacyChange::Request(_) => REQUEST_CHANGED,
    }
}

/// The state of a row of `message_requests`.
pub(crate) fn request_state(state: RequestState) -> i64 {
    match state {
        RequestState::Pending => 1,
        RequestState::Accepted => 2,
        RequestState::Declined => 3,
    }
}

pub(crate) fn request_state_of(code: i64) -> Result<RequestState, StoreError> {
    match code {
        1 => Ok(RequestState::Pending),
        2 => Ok(RequestState::Accepted),
        3 => Ok(RequestState::Declined),
        _ => Err(unknown("state of a request", code)),
    }
}

/// The kind of a row of `receipt_marks`.
pub(crate) fn receipt_kind(kind: ReceiptKind) -> i64 {
    match kind {
        ReceiptKind::Delivered => 1,
        ReceiptKind::Read => 2,
    }
}

/// A row of `user_changes`: he left a conversation, or was removed; `ref` is its key.
pub(crate) const CONVERSATION_LEFT: i64 = 20;

/// A row of `user_changes`: a conversation is another for him alone; `ref` is its key.
pub(crate) const CONVERSATION_STATE: i64 = 21;

pub(crate) fn own_change_of(code: i64) -> Result<OwnChange, StoreError> {
    match code {
        CONVERSATION_JOINED => Ok(OwnChange::Joined),
        CONVERSATION_READ => Ok(OwnChange::Read),
        CONVERSATION_LEFT => Ok(OwnChange::Left),
        CONVERSATION_STATE => Ok(OwnChange::State),
        _ => Err(unknown("kind of a user's change", code)),
    }
}

pub(crate) fn kind(kind: Kind) -> i64 {
    match kind {
        Kind::Direct => 1,
        Kind::Group => 2,
    }
}

pub(crate) fn kind_of(code: i64) -> Result<Kind, StoreError> {
    match code {
        1 => Ok(Kind::Direct),
        2 => Ok(Kind::Group),
        _ => Err(unknown("kind of conversation", code)),
    }
}

pub(crate) fn role(role: Role) -> i64 {
    match role {
        Role::Owner => 1,
        Role::Admin => 2,
        Role::Moderator => 3,
        Role::Member => 4,
    }
}

pub(crate) fn role_of(code: i64) -> Result<Role, StoreError> {
    match code {
        1 => Ok(Role::Owner),
        2 => Ok(Role::Admin),
        3 => Ok(Role::Moderator),
        4 => Ok(Role::Member),
        _ => Err(unknown("role", code)),
    }
}

pub(crate) fn who_may_add(who: WhoMayAdd) -> i64 {
    match who {
        WhoMayAdd::Owner => 1,
        WhoMayAdd::Admins => 2,
        WhoMayAdd::Anyone => 3,
    }
}

pub(crate) fn who_may_add_of(code: i64) -> Result<WhoMayAdd, StoreError> {
    match code {
        1 => Ok(WhoMayAdd::Owner),
        2 => Ok(WhoMayAdd::Admins),
        3 => Ok(WhoMayAdd::Anyone),
        _ => Err(unknown("group of people who may add others", code)),
    }
}

pub(crate) fn history(history: History) -> i64 {
    match history {
        History::All => 1,
        History::SinceJoin => 2,
    }
}

pub(crate) fn history_of(code: i64) -> Result<History, StoreError> {
    match code {
        1 => Ok(History::All),
        2 => Ok(History::SinceJoin),
        _ => Err(unknown("kind of history", code)),
    }
}

pub(crate) fn message_kind(kind: messages::Kind) -> i64 {
    match kind {
        messages::Kind::Text => 1,
        messages::Kind::System => 2,
    }
}

pub(crate) fn message_kind_of(code: i64) -> Result<messages::Kind, StoreError> {
    match code {
        1 => Ok(messages::Kind::Text),
        2 => Ok(messages::Kind::System),
        _ => Err(unknown("kind of message", code)),
    }
}

pub(crate) fn unknown(what: &str, code: i64) -> StoreError {
    StoreError::Corrupt(format!("{code} is no {what} that this Parlor knows"))
}
