//! Serves what the official suites expect: `cargo run --release --example conformance -- [fixture]`, see
//! `docs/conformance.md`. `PORT` names another port than the fixture's own.

mod engine_client;
mod protocol;
mod socket_client;

use parlor_socketio::Server;
use std::io;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let (server, port) = match std::env::args().nth(1).as_deref() {
        None => (protocol::server(false), 3000),
        Some("--engine-fixture") => (engine_client::server(), 3000),
        Some("--client-fixture") => (socket_client::server(), 3210),
        Some("--recovery-fixture") => (protocol::server(true), 3220),
        Some(other) => return Err(io::Error::other(format!("unknown fixture {other}"))),
    };
    serve(server, port_from_environment().unwrap_or(port)).await
}

/// On all addresses, since `localhost` may mean either family.
async fn serve(server: Server, port: u16) -> io::Result<()> {
    let listener = match tokio::net::TcpListener::bind(("::", port)).await {
        Ok(listener) => listener,
        Err(_) => tokio::net::TcpListener::bind(("0.0.0.0", port)).await?,
    };
    println!("conformance on port {port}, process {}", std::process::id());
    server.serve(listener).await
}

#[expect(clippy::disallowed_methods, reason = "an example has no configuration file")]
fn port_from_environment() -> Option<u16> {
    std::env::var("PORT").ok()?.parse().ok()
}
