//! Connection state recovery: a client that was cut off gets what it missed and stays the same socket.
//!
//! Every broadcast of a namespace gets a [`Position`] in one order for all shards: it is assigned, logged and put into
//! every shard's mailbox under one lock. What a socket is sent directly stands between two broadcasts. The position is
//! the last argument of every event that a recovering client gets; it comes back as `offset`, together with the `pid`
//! of its session (Socket.IO protocol v5, "Connection state recovery").
//!
//! A session can be taken up again by the user that it belongs to, once for each time that it was cut off, by the last
//! who claimed it. It is restored with everything after the offset in the rooms that it is still in, or not at all.

mod log;
mod position;
mod removals;
mod replay;
mod sessions;
mod tracker;

#[cfg(test)]
mod log_tests;
#[cfg(all(test, feature = "shuttle"))]
mod order_tests;

pub(crate) use log::{Bounds, Log, Stamp};
pub(crate) use position::{Epoch, Offset, Position};
pub(crate) use removals::Removal;
pub(crate) use sessions::{Claim, Home, Lost, Parked, Pid};
pub(crate) use tracker::Tracker;
