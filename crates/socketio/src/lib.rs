//! An Engine.IO v4 and Socket.IO v5 server, sharded over current-thread runtimes.
//!
//! A connection belongs to one shard, a thread with its own runtime, so its state needs no lock. A broadcast is one
//! message per shard, which walks its own members and writes to each touched connection once per tick; the frame is
//! serialised once. The codecs and the session machine are pure: bytes and time in, values out.
#![doc = include_str!("../README.md")]

mod builder;
mod bulk;
pub mod codec;
mod config;
mod conn;
mod cookie;
mod engine;
mod frame;
mod gauge;
mod handler;
mod handshake;
mod hooks;
mod io;
mod limits;
mod namespaces;
mod outbox;
mod random;
mod reason;
mod recovery;
mod room;
mod rooms;
mod server;
mod shard;
#[cfg(feature = "simulation")]
pub mod simulation;
mod socket;
mod stats;
mod stream;
mod sync;
mod timers;
mod users;

/// Ways in for the fuzzer; no part of the API.
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing {
    /// See `engine/session_model.rs`.
    pub fn engine_session(data: &[u8]) {
        crate::engine::session_model::check(data);
    }
}

pub use builder::Builder;
pub use config::{Config, Cors, Credential};
pub use cookie::{Cookie, SameSite};
pub use engine::{EngineConnection, EngineHandler, EngineMessage};
pub use frame::Frame;
pub use handler::{Accept, ConnectRequest, Handler, Overflow, Refusal};
pub use handshake::{Handshake, TransportKind};
pub use hooks::{Denial, HttpHooks, HttpRequest};
pub use io::{Broadcast, Io};
pub use limits::Limits;
pub use reason::DisconnectReason;
pub use room::Room;
pub use server::{HttpBody, Server};
pub use socket::{AckError, Acker, Answer, Answers, Event, Socket};
pub use stats::Stats;
