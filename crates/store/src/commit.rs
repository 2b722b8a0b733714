//! What is handed to whoever writes, on either engine.

use std::sync::Arc;

use chat::{Allocation, Plan};
use tokio::sync::oneshot;

use crate::{
    StoreError,
    dialect::Sql,
    value::{Row, Value},
};

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the database, durably, with these numbers.
    Committed(Allocation),
    /// A guard did not hold, or a new row met one that is there; nothing of the plan was written.
    GuardMissed,
    /// The database failed for this plan, while others of its batch may have been written. Whether it was written
    /// is unknown.
    Failed(StoreError),
}

/// Which keys to set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// For `users.key`.
    Users,
    /// For `conversations.key`.
    Conversations,
}

impl KeyKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Conversations => "conversations",
        }
    }
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

/// Something to write, and who waits for it.
pub(crate) enum Job {
    Commit(Vec<Arc<Plan>>, Answer<Vec<Outcome>>),
    ReserveKeys(KeyKind, i64, Answer<i64>),
    /// SQLite only: jobs have connections of their own on PostgreSQL.
    Statements(Vec<Statement>, Answer<Vec<Vec<Row>>>),
}

/// A statement of a job in the background, with its parameters.
pub(crate) struct Statement {
    pub(crate) sql: &'static Sql,
    pub(crate) parameters: Vec<Value>,
}

impl Job {
    pub(crate) fn plans(&self) -> usize {
        match self {
            Self::Commit(plans, _) => plans.len(),
            Self::ReserveKeys(..) | Self::Statements(..) => 1,
        }
    }

    pub(crate) fn fail(self, error: StoreError) {
        match self {
            Self::Commit(_, answer) => drop(answer.send(Err(error))),
            Self::ReserveKeys(_, _, answer) => drop(answer.send(Err(error))),
            Self::Statements(_, answer) => drop(answer.send(Err(error))),
        }
    }
}
