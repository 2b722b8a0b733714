//! Socket.IO over a connection: namespaces, events, acks, and the handles that the application holds.

mod acks;
mod asking;
pub(crate) mod client;
mod connect;
mod event;
mod handle;
mod resume;
pub(crate) mod slots;

pub use asking::{Answer, Answers};
pub use event::{AckError, Acker, Event};
pub use handle::Socket;

pub(crate) use acks::{Acks, PendingAck};
pub(crate) use asking::{Answered, Unnumbered, Waiter};
pub(crate) use handle::Op;
