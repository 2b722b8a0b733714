//! From outside: a raw client over TCP against a server on port 0.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper that cannot go on fails its test")]

mod abandoned;
mod admission;
mod backpressure;
mod bulk;
mod bystander;
mod client;
mod connect;
mod disconnect;
mod engine;
mod events;
mod hooks;
mod http;
mod namespaces;
mod recovery;
mod rooms;
mod server;
mod slow_consumer;
mod upgrade;
mod upgrade_orders;
