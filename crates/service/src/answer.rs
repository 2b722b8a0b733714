//! Which command is answered with what.

use chat::{
    Command, ConversationId,
    accounts::{AnnounceUser, User},
    blocks::{Blocked, SetBlock},
    conversations::{CreateDirect, CreateGroup},
    deletions::UnsendMessage,
    details::UpdateConversation,
    edits::EditMessage,
    follows::{Relation, SetFollow},
    hidden::HideMessage,
    messages::{Message, SendMessage},
    own_state::{DeleteConversation, OwnState, SetState},
    participants::{AddParticipants, ChangeRole, RemoveParticipant},
    reactions::ReactMessage,
    receipts::{MarkDelivered, MarkRead, ReadMark},
    requests::AnswerRequest,
    settings::{ChangeSettings, UserSettings},
};

/// What came of a command.
#[derive(Debug, Clone)]
pub enum Done {
    /// The user, and whether he is new.
    User(User, bool),
    /// The conversation, and whether it is new.
    Conversation(ConversationId, bool),
    /// The message.
    Message(Message),
    /// The mark.
    Read(ReadMark),
    /// Up to where messages have reached him.
    Delivered(i64),
    /// What the conversation is for the actor.
    State(OwnState),
    /// Whom it is about, and whether he is blocked.
    Blocked(Blocked),
    /// What is between the two.
    Relation(Relation),
    /// The settings that hold now.
    Settings(UserSettings),
    /// It is so now.
    Nothing,
}

/// A command and the type of its answer.
pub trait UseCase: Send + 'static {
    /// What the caller gets.
    type Answer: Send + 'static;

    /// The command.
    fn into_command(self) -> Command;

    /// The answer in what came of it; `None` if that is another command's.
    fn answer(done: Done) -> Option<Self::Answer>;
}

macro_rules! use_case {
    ($command:ident -> $answer:ty, $pattern:pat => $value:expr) => {
        impl UseCase for $command {
            type Answer = $answer;

            fn into_command(self) -> Command {
                Command::$command(self)
            }

            fn answer(done: Done) -> Option<Self::Answer> {
                match done {
                    $pattern => Some($value),
                    _ => None,
                }
            }
        }
    };
}

use_case!(AnnounceUser -> (User, bool), Done::User(user, new) => (user, new));
use_case!(CreateDirect -> (ConversationId, bool), Done::Conversation(id, new) => (id, new));
use_case!(CreateGroup -> (ConversationId, bool), Done::Conversation(id, new) => (id, new));
use_case!(UpdateConversation -> (), Done::Nothing => ());
use_case!(AddParticipants -> (), Done::Nothing => ());
use_case!(RemoveParticipant -> (), Done::Nothing => ());
use_case!(ChangeRole -> (), Done::Nothing => ());
use_case!(SendMessage -> Message, Done::Message(message) => message);
use_case!(EditMessage -> Message, Done::Message(message) => message);
use_case!(UnsendMessage -> Message, Done::Message(message) => message);
use_case!(ReactMessage -> Message, Done::Message(message) => message);
use_case!(HideMessage -> (), Done::Nothing => ());
use_case!(MarkRead -> ReadMark, Done::Read(mark) => mark);
use_case!(MarkDelivered -> i64, Done::Delivered(seq) => seq);
use_case!(SetState -> OwnState, Done::State(state) => state);
use_case!(DeleteConversation -> OwnState, Done::State(state) => state);
use_case!(AnswerRequest -> (), Done::Nothing => ());
use_case!(SetFollow -> Relation, Done::Relation(relation) => relation);
use_case!(ChangeSettings -> UserSettings, Done::Settings(settings) => settings);
use_case!(SetBlock -> Blocked, Done::Blocked(blocked) => blocked);
