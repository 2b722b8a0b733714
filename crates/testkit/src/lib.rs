//! Servers, clocks, databases and clients for tests.
//!
//! Every process that is started here ends with the test process, however that ends: see [`process`].

#[cfg(feature = "server")]
pub mod client;
pub mod clock;
pub mod contents;
pub mod cutting;
pub mod dump;
pub mod exhausted;
pub mod hold;
pub mod postgres;
pub mod process;
#[cfg(feature = "server")]
pub mod program;
pub mod proxy;
pub mod redis;
#[cfg(feature = "server")]
pub mod server;
pub mod small_disk;
#[cfg(feature = "server")]
pub mod socket;

pub use checker;
#[cfg(feature = "server")]
pub use client::{Answer, Person};
pub use clock::TestEnvironment;
pub use contents::contents;
pub use cutting::{CuttingProxy, Lose};
pub use dump::dump;
pub use exhausted::Exhausted;
pub use hold::Hold;
pub use postgres::{Database, EphemeralPostgres};
#[cfg(feature = "server")]
pub use program::Program;
pub use proxy::CountingProxy;
pub use redis::EphemeralRedis;
#[cfg(feature = "server")]
pub use server::{Backend, TestServer};
pub use small_disk::SmallDisk;
#[cfg(feature = "server")]
pub use socket::{Packet, Socket};

/// Why a test's surroundings could not be set up, with the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that is needed is not there or did not start.
    #[error("{0}")]
    Setup(String),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// PostgreSQL refused.
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// SQLite refused.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}
