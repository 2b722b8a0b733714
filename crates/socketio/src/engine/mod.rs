//! Engine.IO: sessions, their two transports and the HTTP requests that open them.

mod accept;
mod body;
mod http;
mod origin;
mod packets;
mod polling;
mod query;
mod raw;
mod requests;
mod session;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod session_model;
mod upgrade;
mod websocket;

pub use raw::{EngineConnection, EngineHandler, EngineMessage};

pub(crate) use accept::accept;
pub(crate) use polling::{Credentials, Polling, Posted, Reply, Rest};
#[cfg(feature = "simulation")]
pub(crate) use requests::begin;
pub(crate) use session::{Session, Timings};
pub(crate) use upgrade::probe;
