//! Broadcast only, on socketioxide: every connection joins `room`, and a `message` with a string goes to everybody.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::serve::ListenerExt as _;
use socketioxide::SocketIo;
use socketioxide::extract::{Data, SocketRef};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One thread, as the benchmark gives servers one core.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: SocketRef| {
        socket.join("room");
        socket.on("message", async |io: SocketIo, Data::<String>(text)| {
            io.to("room").emit("message", &text).await.ok();
        });
    });
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".into()).parse()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    axum::serve(listener, axum::Router::new().layer(layer)).await?;
    Ok(())
}
