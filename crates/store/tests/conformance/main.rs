//! One suite for both engines: whatever a case shows of one, it shows of the other, and of the store of simulations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

extern crate parlor_store as store;

mod accounts;
mod backup;
mod bed;
mod blocks;
mod check;
mod commits;
mod conversations;
mod counting;
mod faults;
mod follows;
mod gapless;
mod mentions;
mod messages;
mod migrations;
mod model;
mod outbox;
mod own_state;
mod receipt_marks;
mod receipts;
mod restore;
mod statements;
mod sync;

/// How much a test does, by an environment variable.
#[allow(clippy::disallowed_methods, reason = "a test's own parameter, not the server's")]
pub(crate) fn amount(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

/// Runs each case, a function that takes a [`bed::Bed`], on SQLite, on PostgreSQL and on the store of simulations.
macro_rules! on_both_engines {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::bed::Bed::sqlite().await).await;
            })*
        }
        mod simulated {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::bed::Bed::simulated().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::bed::Bed::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
