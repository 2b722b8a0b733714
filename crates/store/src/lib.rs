//! The database: what rules read, what clients ask for, and what plans write, on SQLite and on PostgreSQL.
//!
//! Rules and their plans are [`chat`]'s; the store applies plans, it does not think. Each query is written once, as
//! one SQL text ([`dialect`](self)) and one async function over either engine's connection.
//!
//! Invariants: `seq`, `rev` and `user_rev` are given out by an update of the row that counts them, under its lock,
//! and so without gaps; a plan is written as a whole or not at all; an answer to `commit` means that the plan is on
//! disk; every query of a client checks in its SQL that he is a participant.

mod accounts;
mod ageing;
mod blocks;
mod check;
mod codes;
mod commit;
mod conversations;
mod counting;
mod dialect;
mod error;
mod explain;
mod extras;
mod follows;
mod hidden;
mod layout;
mod mentions;
mod messages;
mod migrations;
mod outbox;
mod own_state;
mod postgres;
mod privacy;
mod reactions;
mod read;
mod receipt_marks;
mod receipts;
mod requests;
mod schedules;
mod sqlite;
mod store;
mod sync;
mod trimming;
mod url;
mod value;

pub use check::{CheckReport, Checked, RowCounts};
pub use commit::{KeyKind, Outcome};
pub use conversations::ConversationCursor;
pub use counting::Uncounted;
pub use error::StoreError;
pub use messages::HistoryRange;
pub use migrations::{KnownMigration, MigrationReport, MigrationStatus};
pub use outbox::{Lease, LeasedEffect, OutboxCounts, Settlement};
pub use receipt_marks::ReceiptPage;
pub use sqlite::{Operation, Restored, SimulatedDatabase, Weather};
pub use store::{Engine, Store, StoreOptions};
pub use sync::{ReplayedChange, SyncLimits, SyncPage};
pub use trimming::{Look, Overlong, Streams};
pub use url::DatabaseUrl;
