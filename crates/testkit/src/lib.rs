//! Servers, clocks, databases and clients for tests.
//!
//! Every process that is started here ends with the test process, however that ends: see [`process`].

pub mod postgres;
pub mod process;
pub mod proxy;
pub mod redis;

pub use postgres::{Database, EphemeralPostgres};
pub use proxy::CountingProxy;
pub use redis::EphemeralRedis;

/// Why a test's surroundings could not be set up, with the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that is needed is not there or did not start.
    #[error("{0}")]
    Setup(String),
    /// The system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// PostgreSQL refused.
    #[error(transparent)]
    Postgres(#[from] tokio_postgres::Error),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}
