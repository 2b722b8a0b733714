//! The server from outside: REST and sockets, on both databases, with a clock that the tests move.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it must be"
)]

mod accounts;
mod auth;
mod bad_input;
mod blocks;
mod conversations;
mod deletions;
mod details;
mod digest;
mod documents;
mod edits;
mod follows;
mod hidden;
mod jobs;
mod life;
mod limits;
mod matrix;
mod mentions;
mod messages;
mod overflow;
mod own_state;
mod participants;
mod reactions;
mod receipts;
mod replies;
mod requests;
mod seed;
mod streams;
mod sync;
mod sync_limits;

use testkit::{Backend, TestServer};

/// Each test is run on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(testkit::Backend::Sqlite).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(testkit::Backend::Postgres).await; })*
        }
    };
}
pub(crate) use on_both;

pub(crate) async fn start(backend: Backend) -> TestServer {
    TestServer::start(backend).await.unwrap()
}

/// A UUID for a message.
pub(crate) fn uuid(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}
