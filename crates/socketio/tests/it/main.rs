//! From outside: a raw client over TCP against a server on port 0.

mod bystander;
mod client;
mod connect;
mod disconnect;
mod engine;
mod events;
mod hostile;
mod http;
mod rooms;
mod server;
mod slow_consumer;
mod upgrade;
