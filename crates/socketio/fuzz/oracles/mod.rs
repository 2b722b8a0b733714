//! What must hold for any input, one function per fuzz target. A panic is a finding.
//!
//! The fuzzer calls these with what it makes up, `tests/corpus.rs` with what it once found. Each compares the codec
//! with a second, slow and plain implementation of the same rules.

#![allow(dead_code, unused_imports, unreachable_pub, reason = "every target uses one of these functions")]

mod base64;
mod engine;
mod events;
mod frames;
mod json;
mod session;

pub use engine::engine_payload;
pub use events::event_arguments;
pub use frames::websocket_frames;
pub use session::socket_session;
