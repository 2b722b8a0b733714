//! The `room` with its counters at `/stats`, for checks that need to look inside. `PORT=4031 cargo run --release --example gauges`
//!
//! Who connects with `{"room":false}` stays out of the room. `RECOVERY=true` lets sessions be taken up again;
//! `CONNECT_TIMEOUT_MS` is how long a connection may stay that joins nothing.
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use parlor_socketio::{
    Accept, Broadcast, Config, ConnectRequest, Event, Frame, Handler, HttpBody, Io, Limits, Refusal, Room,
    Server, Socket, Stats,
};
use serde_json::json;
use std::sync::{Arc, OnceLock};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct OneRoom {
    io: Arc<OnceLock<Io>>,
    room: Room,
    recovery: bool,
}

impl Handler for OneRoom {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        let apart = request.auth.as_ref().is_some_and(|auth| auth.get() == r#"{"room":false}"#);
        let room = (!apart).then(|| self.room.clone());
        Box::pin(async move { Ok(Accept::new(()).rooms(room).recover(self.recovery)) })
    }

    fn event(&self, _: &Socket, event: Event<'_>) {
        if let ("message", [text], Some(io)) = (event.name, &event.args[..], self.io.get()) {
            let frame = Frame::event_raw("/", "message", text.get());
            io.broadcast("/", Broadcast::to(self.room.clone(), frame));
        }
    }
}

fn told(stats: &Stats) -> HttpBody {
    let stats = json!({
        "connections": stats.connections,
        "sockets": stats.sockets,
        "frames_delivered": stats.frames_delivered,
        "volatile_dropped": stats.volatile_dropped,
        "refusals": stats.refusals,
    });
    Full::from(stats.to_string()).map_err(|never| match never {}).boxed_unsync()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let io = Arc::new(OnceLock::<Io>::new());
    let mut limits = Limits::default();
    limits.connect_timeout_ms = setting("CONNECT_TIMEOUT_MS").unwrap_or(limits.connect_timeout_ms);
    let recovery = setting("RECOVERY").unwrap_or(false);
    let watched = io.clone();
    let server = Server::builder(Config { limits, recovery, ..Config::default() })
        .namespace("/", OneRoom { io: io.clone(), room: Room::new("room"), recovery })
        .fallback(move |_| {
            let stats = watched.get().map(Io::stats).unwrap_or_default();
            Box::pin(std::future::ready(http::Response::new(told(&stats))))
        })
        .build();
    let _ = io.set(server.io());
    let port = setting("PORT").unwrap_or(4031);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("gauges on http://127.0.0.1:{port}/stats, process {}", std::process::id());
    server.serve(listener).await
}

#[expect(clippy::disallowed_methods, reason = "an example has no configuration file")]
fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
