//! Who gets what, in order.
//!
//! The committer hands over what was committed; the [`Sequencer`] puts the changes of a conversation in the order of
//! their `rev`; [`Digests`] tell later how far they have come; the [`Publisher`] finds the audience and sends each change, encoded once per mounted vocabulary
//! ([`Encoder`]), to the sockets of this node. Nothing here decides, and nothing here waits.

mod audience;
pub mod canonical;
mod digest;
mod encoder;
mod event;
mod publisher;
mod sequencer;

pub use audience::user_room;
pub use canonical::Canonical;
pub use digest::{Digests, Stream};
pub use encoder::{Encoded, Encoder};
pub use event::{Event, StreamHead};
pub use publisher::{Audience, Mount, Publication, Publisher};
pub use sequencer::{Gap, Sequencer};
