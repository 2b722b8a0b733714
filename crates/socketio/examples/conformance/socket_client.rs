//! What the tests of the official Socket.IO client expect.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use parlor_socketio::{
    Accept, Config, ConnectRequest, Denial, Event, Frame, Handler, HttpHooks, HttpRequest, Refusal, Server,
    Socket,
};
use serde_json::{Map, Value, json, value::to_raw_value};
use std::{
    sync::atomic::{AtomicU8, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub(crate) fn server() -> Server {
    let config = Config { ping_interval: Duration::from_millis(2000), recovery: true, ..Config::default() };
    let builder = Server::builder(config).http_hooks(Slow).namespace("/", Main).namespace("/no", Closed);
    let others = ["/foo", "/timeout_socket", "/valid", "/asd", "/abc"];
    others.into_iter().fold(builder, |builder, name| builder.namespace(name, Other)).build()
}

/// Long enough for a client to run out of time.
struct Slow;

impl HttpHooks for Slow {
    fn allow<'a>(&'a self, _: &'a HttpRequest<'a>) -> BoxFuture<'a, Result<(), Denial>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            Ok(())
        })
    }
}

/// What is kept for a socket.
struct Guest {
    /// As Node shows it: auth and query.
    handshake: Value,
    /// How many of a series of events came in their order.
    step: AtomicU8,
}

fn accept(request: &ConnectRequest) -> Accept {
    let query: Map<_, _> =
        request.handshake.query_pairs().map(|(name, value)| (name, value.into())).collect();
    let handshake = json!({ "query": query, "auth": request.auth });
    Accept::new(Guest { handshake, step: AtomicU8::new(0) }).recover(true)
}

fn refuse(message: &str) -> Refusal {
    Refusal::ConnectError { message: message.to_owned(), data: None }
}

/// `/no`: nobody gets in.
struct Closed;

impl Handler for Closed {
    fn authenticate<'a>(&'a self, _: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async { Err(refuse("Auth failed (custom namespace)")) })
    }

    fn event(&self, _: &Socket, _: Event<'_>) {}
}

/// `/abc` shows its handshake, `/foo` and the others their socket's id.
struct Other;

impl Handler for Other {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async { Ok(accept(request)) })
    }

    fn connected(&self, socket: &Socket) {
        if let ("/abc", Some(guest)) = (socket.namespace(), socket.data::<Guest>()) {
            socket.emit("handshake", &guest.handshake);
        }
    }

    fn event(&self, socket: &Socket, event: Event<'_>) {
        if let ("getId", Some(ack)) = (event.name, event.ack) {
            ack.send(&socket.id());
        }
    }
}

/// `/`: one event for each thing that may go wrong.
struct Main;

impl Handler for Main {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async {
            if request.handshake.query_pairs().any(|(name, value)| name == "fail" && !value.is_empty()) {
                return Err(refuse("Auth failed (main namespace)"));
            }
            Ok(accept(request))
        })
    }

    fn event(&self, socket: &Socket, event: Event<'_>) {
        emit(socket, &event);
        answer(socket, event);
    }
}

fn answer(socket: &Socket, event: Event<'_>) {
    let Some(ack) = event.ack else { return };
    match event.name {
        "echo" => ack.send_args(&event.args[..event.args.len().min(1)], &event.attachments),
        "getAckDate" => ack.send(&now()),
        "getHandshake" => ack.send(&socket.data::<Guest>().map(|guest| &guest.handshake)),
        "getId" => ack.send(&socket.id()),
        _ => {}
    }
}

fn emit(socket: &Socket, event: &Event<'_>) {
    match event.name {
        "hi" => send(socket, "hi", &[]),
        "ack" => ask(socket.clone()),
        "getDate" => socket.emit("takeDate", &now()),
        "getDateObj" => socket.emit("takeDateObj", &json!({ "date": now() })),
        "getUtf8" => {
            for text in ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"]
            {
                socket.emit("takeUtf8", &text);
            }
        }
        "false" => socket.emit("false", &false),
        "doge" => send(socket, "doge", &[Bytes::from_static(b"asdfasdf")]),
        "getbin" => send(socket, "takebin", &[Bytes::from_static(b"asdfasdf")]),
        "buffa" if is_binary(event) => send(socket, "buffack", &[]),
        "blob" if is_binary(event) => send(socket, "back", &[]),
        "jsonbuff" if is_mixed(event) => send(socket, "jsonbuff-ack", &[]),
        "jsonblob" if is_mixed(event) => send(socket, "jsonblob-ack", &[]),
        name => series(socket, name, event),
    }
}

/// Events that must come one after the other; the last of them is confirmed.
fn series(socket: &Socket, name: &str, event: &Event<'_>) {
    let Some(guest) = socket.data::<Guest>() else { return };
    match (name, guest.step.load(Relaxed), is_binary(event)) {
        ("abuff1" | "blob1", 0, true) => guest.step.store(1, Relaxed),
        ("abuff2", 1, false) => send(socket, "abuff2-ack", &[]),
        ("blob2", 1, false) if first(event) == json!("second") => guest.step.store(2, Relaxed),
        ("blob3", 2, true) => send(socket, "blob3-ack", &[]),
        _ => {}
    }
}

/// Asks the client, and says so if it answers with both arguments.
fn ask(socket: Socket) {
    let answer = socket.send_with_ack(Frame::event_args("/", "ack", &[], &[]), Duration::from_secs(10));
    tokio::spawn(async move {
        let Ok(answer) = answer.await else { return };
        let args: Vec<Value> =
            answer.args.iter().filter_map(|arg| serde_json::from_str(arg.get()).ok()).collect();
        if args == [json!(5), json!({ "test": true })] {
            send(&socket, "got it", &[]);
        }
    });
}

/// An event without arguments, or with one that is binary.
fn send(socket: &Socket, name: &str, attachments: &[Bytes]) {
    let placeholder = to_raw_value(&json!({ "_placeholder": true, "num": 0 })).unwrap_or_default();
    let args = [&*placeholder];
    socket.send(Frame::event_args("/", name, &args[..attachments.len().min(1)], attachments));
}

fn first(event: &Event<'_>) -> Value {
    event.args.first().and_then(|arg| serde_json::from_str(arg.get()).ok()).unwrap_or_default()
}

fn is_placeholder(value: &Value) -> bool {
    value["_placeholder"] == true
}

fn is_binary(event: &Event<'_>) -> bool {
    is_placeholder(&first(event)) && event.attachments.len() == 1
}

fn is_mixed(event: &Event<'_>) -> bool {
    let arg = first(event);
    arg["hello"] == "lol" && is_placeholder(&arg["message"]) && arg["goodbye"] == "gotcha"
}

/// The time in milliseconds since 1970, as a string: what JSON has for a date.
#[expect(clippy::disallowed_methods, reason = "an example takes the time where it finds it")]
fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string()
}
