//! What the two protocol suites expect: everything comes back.

use futures_util::future::BoxFuture;
use parlor_socketio::{
    Accept, Config, ConnectRequest, EngineConnection, EngineHandler, EngineMessage, Event, Frame, Handler,
    Limits, Refusal, Server, Socket,
};
use serde_json::value::RawValue;
use std::time::Duration;

/// With recovery, clients may take up their sessions again.
pub(crate) fn server(recovery: bool) -> Server {
    let config = Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        recovery,
        limits: Limits { connect_timeout_ms: 1000, ..Limits::default() },
        ..Config::default()
    };
    Server::builder(config)
        .engine("/engine.io/", EngineEcho)
        .namespace("/", SocketEcho)
        .namespace("/custom", SocketEcho)
        .build()
}

/// `/engine.io/`: what comes in goes out.
struct EngineEcho;

impl EngineHandler for EngineEcho {
    fn message(&self, connection: &EngineConnection<'_>, message: EngineMessage<'_>) {
        connection.send(message);
    }
}

/// `auth` at connect, `message` → `message-back`, `message-with-ack` → ack.
struct SocketEcho;

impl Handler for SocketEcho {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        let auth = request.auth.clone().unwrap_or_else(empty_object);
        Box::pin(async { Ok(Accept::new(auth).recover(true)) })
    }

    fn connected(&self, socket: &Socket) {
        if let Some(auth) = socket.data::<Box<RawValue>>() {
            socket.emit("auth", auth);
        }
    }

    fn event(&self, socket: &Socket, event: Event<'_>) {
        match (event.name, event.ack) {
            ("message", _) => {
                let (namespace, attachments) = (socket.namespace(), &event.attachments);
                socket.send(Frame::event_args(namespace, "message-back", &event.args, attachments));
            }
            ("message-with-ack", Some(ack)) => ack.send_args(&event.args, &event.attachments),
            _ => {}
        }
    }
}

fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_default()
}
