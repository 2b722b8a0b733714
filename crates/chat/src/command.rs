//! Everything that can be asked for. The list is the registry that tests walk.

use crate::{
    UserId, UserKey,
    accounts::AnnounceUser,
    blocks::SetBlock,
    conversations,
    deletions::UnsendMessage,
    details::UpdateConversation,
    edits::EditMessage,
    follows::SetFollow,
    hidden::HideMessage,
    messages::SendMessage,
    own_state, participants,
    reactions::ReactMessage,
    receipts::{MarkDelivered, MarkRead},
    requests::AnswerRequest,
    settings::ChangeSettings,
};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user's number in the database.
    pub key: UserKey,
    /// The user's id outside.
    pub id: UserId,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($of:ty),)*) => {
        /// A wish to change something. Values inside are parsed already.
        #[derive(Debug, Clone)]
        pub enum Command {
            $($(#[$doc])* $name($of),)*
        }

        impl Command {
            /// The names of all there are.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];
        }
    };
}

commands! {
    /// Somebody showed a token, or the host app told of a user.
    AnnounceUser(AnnounceUser),
    /// Get or create the direct conversation with somebody.
    CreateDirect(conversations::CreateDirect),
    /// Create a group.
    CreateGroup(conversations::CreateGroup),
    /// Change what a group is called or how it is kept.
    UpdateConversation(UpdateConversation),
    /// Add people to a group.
    AddParticipants(participants::AddParticipants),
    /// Take somebody out of a group, or leave it.
    RemoveParticipant(participants::RemoveParticipant),
    /// Give somebody another role, or the group.
    ChangeRole(participants::ChangeRole),
    /// Send a message.
    SendMessage(SendMessage),
    /// Give a message another text.
    EditMessage(EditMessage),
    /// Take a message back, for everyone.
    UnsendMessage(UnsendMessage),
    /// Delete a message for oneself.
    HideMessage(HideMessage),
    /// React to a message, or no longer.
    ReactMessage(ReactMessage),
    /// Move the reader's mark.
    MarkRead(MarkRead),
    /// Say what has reached one's devices.
    MarkDelivered(MarkDelivered),
    /// Archive, mute, pin or mark a conversation as unread, for oneself.
    SetState(own_state::SetState),
    /// Delete a conversation for oneself.
    DeleteConversation(own_state::DeleteConversation),
    /// Accept a message request, or decline it.
    AnswerRequest(AnswerRequest),
    /// Block somebody, or no longer.
    SetBlock(SetBlock),
    /// Follow somebody, or no longer.
    SetFollow(SetFollow),
    /// Change one's own settings.
    ChangeSettings(ChangeSettings),
}
