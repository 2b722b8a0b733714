//! The wire contract: what is said over Socket.IO and REST, in one place.
//!
//! JSON in snake_case, ids as strings, times as RFC 3339 in UTC with milliseconds, absent rather than null. These
//! types know nothing of the domain; each edge converts beside the module that uses them. With the feature
//! `openapi` they describe themselves; the OpenAPI document and the TypeScript types are made from that.

mod accounts;
mod blocks;
mod conversations;
mod details;
mod error;
pub mod events;
mod follows;
mod messages;
mod own_state;
mod page;
mod parse;
mod participants;
mod receipts;
mod requests;
mod sync;
mod time;

pub use accounts::{DemoLogin, DemoSession, Me, PutUser, User};
pub use blocks::{BlockChanged, BlockState, BlockUser};
pub use conversations::{
    Conversation, ConversationCreated, ConversationKind, ConversationNew, CreateConversation, Head,
    ListConversations, Participant, Role,
};
pub use details::{
    ConversationSettings, ConversationUpdated, History, PatchConversation, UpdateConversation, WhoMayAdd,
};
pub use error::{Ack, Error, ErrorCode, Problem};
pub use follows::{ChangeSettings, MessagingAccess, Profile, Settings, SettingsChanged};
pub use messages::{
    DeleteFor, DeleteMessage, Deleted, EditMessage, ListMessages, ListVersions, Mentions, Message,
    MessageHidden, MessageKind, MessageVersion, PatchMessage, PostMessage, PostReaction, Quote, ReactMessage,
    Reaction, ReactionChanged, SendMessage, Sent,
};
pub use own_state::{DeleteConversation, OwnState, PatchState, SetState, StateChanged, StateSet};
pub use page::Page;
pub use parse::{Malformed, parse};
pub use participants::{
    AddParticipants, ConversationChanged, ConversationRemoved, Note, NoteEvent, Nothing, ParticipantJoined,
    ParticipantLeft, ParticipantUpdated, PatchParticipant, PostParticipants, RemoveParticipant,
    UpdateParticipant,
};
pub use receipts::{
    DeliveredState, Mark, MarkDelivered, MarkRead, PostDelivered, PostRead, ReadState, Receipt, ReceiptState,
    SeenBy, UnreadChanged,
};
pub use requests::{AnswerRequest, MessageRequest, OpenedRequest, RequestNew, RequestUpdated};
pub use sync::{ChangeHidden, Draining, Replayed, StreamHead, Sync, Synced, SyncedConversation};
pub use time::Time;

/// Counts that are mostly nothing are absent then.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(crate) fn is_zero(count: &i64) -> bool {
    *count == 0
}
