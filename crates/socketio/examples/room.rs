//! Everybody is in one room; a `message` is emitted to all of it. `PORT=4030 cargo run --release --example room`
use futures_util::future::BoxFuture;
use parlor_socketio::{
    Accept, Broadcast, Config, ConnectRequest, Event, Frame, Handler, Io, Limits, Refusal, Room, Server,
    Socket,
};
use std::sync::{Arc, OnceLock};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct OneRoom {
    io: Arc<OnceLock<Io>>,
    rooms: Arc<[Room]>,
    nobody: Arc<[Room]>,
}

impl Handler for OneRoom {
    fn authenticate<'a>(&'a self, _: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async { Ok(Accept::new(()).rooms(self.rooms.to_vec())) })
    }

    fn event(&self, _: &Socket, event: Event<'_>) {
        if let ("message", [text], Some(io)) = (event.name, &event.args[..], self.io.get()) {
            let frame = Frame::event_raw("/", "message", text.get());
            let (rooms, except) = (self.rooms.clone(), self.nobody.clone());
            io.broadcast("/", Broadcast { rooms, except, volatile: false, frame });
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let io = Arc::new(OnceLock::new());
    let handler = OneRoom { io: io.clone(), rooms: [Room::new("room")].into(), nobody: [].into() };
    let limits = Limits { handshakes_per_second: 0, ..Limits::default() };
    let server = Server::builder(Config { limits, ..Config::default() }).namespace("/", handler).build();
    let _ = io.set(server.io());
    let port = port().unwrap_or(4030);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("room on http://127.0.0.1:{port}, process {}", std::process::id());
    server.serve(listener).await
}

#[expect(clippy::disallowed_methods, reason = "an example has no configuration file")]
fn port() -> Option<u16> {
    std::env::var("PORT").ok()?.parse().ok()
}
