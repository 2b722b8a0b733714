//! The rules of Parlor, pure.
//!
//! An edge parses what a client sent into a [`Command`]; the service gathers what the rules must know (each
//! command names its facts), and the command's `decide` answers with a [`Refusal`] or a [`Plan`]: guards that
//! must still hold when it is written, rows to write, and changes that members will be told of. Nothing here
//! does I/O, awaits, or reads a clock.
//!
//! One module per feature, with the same name in every layer:
//! [`accounts`], [`blocks`], [`conversations`], [`participants`], [`messages`], [`edits`], [`deletions`], [`privacy`],
//! [`hidden`], [`mentions`],
//! [`reactions`],
//! [`own_state`], [`receipts`].

pub mod accounts;
pub mod blocks;
pub mod command;
pub mod conversations;
pub mod deletions;
pub mod details;
pub mod edits;
pub mod environment;
pub mod extras;
#[cfg(test)]
mod fixtures;
pub mod follows;
pub mod hidden;
pub mod ids;
pub mod keeping;
pub mod limits;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod notes;
pub mod own_state;
pub mod pace;
pub mod participants;
pub mod permissions;
pub mod plan;
pub mod privacy;
pub mod reactions;
pub mod receipts;
pub mod refusal;
pub mod requests;
pub mod settings;
pub mod sync;
pub mod text;

pub use command::{Actor, Command};
pub use environment::{Environment, Timestamp};
pub use ids::{ConversationId, ConversationKey, MessageId, UserId, UserKey};
pub use limits::Limits;
pub use plan::{Allocation, Change, Committed, Decision, Effect, Guard, Plan, Write};
pub use refusal::{Field, Limit, Refusal};
pub use uuid;

/// One page of something, and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, C = i64> {
    /// The page, in the order of its query.
    pub items: Vec<T>,
    /// The position to continue from; `None` on the last page.
    pub next: Option<C>,
}
