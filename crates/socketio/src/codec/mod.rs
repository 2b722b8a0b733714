//! The wire formats, pure: bytes in, values out. No socket, clock or allocation beyond what a value needs.

pub mod engine;
pub mod socket;
pub mod websocket;
