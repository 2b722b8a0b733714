//! Work in the background, on both databases, with a clock that the tests move.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

extern crate parlor_service as service;

mod outbox;
mod schedules;
mod trimming;

use std::sync::Arc;

use chat::Environment;
use store::{DatabaseUrl, Store, StoreOptions};
use tempfile::TempDir;
use testkit::{Database, TestEnvironment};

/// A fresh store and a clock.
pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) clock: TestEnvironment,
    _dir: Option<TempDir>,
}

impl Bed {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("parlor.db"));
        Self::on(&url, Some(dir)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on(&Database::create().await.unwrap().url, None).await
    }

    async fn on(url: &DatabaseUrl, dir: Option<TempDir>) -> Self {
        let store = Store::open(url, StoreOptions::default()).await.unwrap();
        Self { store, clock: TestEnvironment::default(), _dir: dir }
    }

    pub(crate) fn environment(&self) -> Arc<dyn Environment> {
        Arc::new(self.clock.clone())
    }
}

/// Runs each case, a function that takes a [`Bed`], on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($case:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Bed::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(crate::Bed::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
