//! The server under test: a handler whose behaviour the client chooses.

use futures_util::future::BoxFuture;
use parlor_socketio::{
    Accept, Acker, Answer, Broadcast, Builder, Config, ConnectRequest, DisconnectReason, Event, Frame,
    Handler, HttpBody, Io, Overflow, Refusal, Room, Server, Socket, Stats,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    any::Any,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

/// What has not happened by then will not happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) server: Arc<Server>,
    pub(crate) disconnects: Receiver<(String, DisconnectReason)>,
    /// Requests of `/hang` that have come.
    pub(crate) hanging: Receiver<()>,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::with(|_| {})
    }

    /// On two shards, so that requests of one session land on different ones.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::build(change, |builder| builder)
    }

    /// With what else a server can be built of.
    pub(crate) fn build(change: impl FnOnce(&mut Config), more: impl FnOnce(Builder) -> Builder) -> Self {
        let mut config = Config { shards: 2, ..Config::default() };
        change(&mut config);
        let ((sender, disconnects), (hangs, hanging)) = (channel(), channel());
        let io = Arc::new(OnceLock::new());
        let handler = || TestHandler {
            io: io.clone(),
            disconnects: Mutex::new(sender.clone()),
            later: Mutex::default(),
        };
        let builder = Server::builder(config).namespace("/", handler());
        let builder = (0..9).fold(builder, |builder, n| builder.namespace(&format!("/n{n}"), handler()));
        let builder = builder
            .namespaces(|name| name.starts_with("/dynamic-"), handler())
            .namespace("/dynamic-own", handler())
            .namespace("/parlor", handler())
            .fallback(fallback(hangs));
        let server = Arc::new(more(builder).build());
        let _ = io.set(server.io());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let served = server.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                served.serve(listener).await.unwrap();
            });
        });
        Self { addr, server, disconnects, hanging }
    }

    pub(crate) fn io(&self) -> Io {
        self.server.io()
    }

    /// Waits until this is so, but not for ever.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&Stats) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.io().stats()) {
            assert!(begun.elapsed() < PATIENCE, "{what}: {:?}", self.io().stats());
            std::thread::yield_now();
        }
    }

    /// The next socket that ended, which must be this one.
    pub(crate) fn reason_for(&self, id: &str) -> DisconnectReason {
        let (ended, reason) = self.disconnects.recv_timeout(PATIENCE).unwrap();
        assert_eq!(ended, id);
        reason
    }
}

/// `/hang` gets no answer, everything else 404.
fn fallback(
    hanging: Sender<()>,
) -> impl Fn(http::Request<hyper::body::Incoming>) -> BoxFuture<'static, http::Response<HttpBody>> + Send + Sync
{
    let hanging = Mutex::new(hanging);
    move |request| {
        if request.uri().path() == "/hang" {
            let _ = hanging.lock().unwrap().send(());
            return Box::pin(async move {
                let _kept = request;
                std::future::pending().await
            });
        }
        let mut response = http::Response::new(HttpBody::default());
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        Box::pin(std::future::ready(response))
    }
}

struct TestHandler {
    io: Arc<OnceLock<Io>>,
    disconnects: Mutex<Sender<(String, DisconnectReason)>>,
    /// What is answered when somebody says so.
    later: Mutex<Vec<(Acker, String)>>,
}

#[derive(Deserialize, Default)]
struct Auth {
    refuse: Option<String>,
    drop: Option<bool>,
    hang: Option<bool>,
    #[serde(default)]
    recover: bool,
    user: Option<String>,
    #[serde(default)]
    rooms: Vec<String>,
}

#[derive(Deserialize)]
struct Call {
    rooms: Vec<String>,
    except: Vec<String>,
    text: String,
}

impl Handler for TestHandler {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        let auth: Auth =
            request.auth.as_ref().map(|auth| serde_json::from_str(auth.get()).unwrap()).unwrap_or_default();
        Box::pin(async move {
            if auth.hang.is_some() {
                std::future::pending::<()>().await;
            }
            if auth.drop.is_some() {
                return Err(Refusal::CloseTransport { reason: "unavailable" });
            }
            if let Some(code) = auth.refuse {
                let data = Some(json!({ "code": code }));
                return Err(Refusal::ConnectError { message: "no".into(), data });
            }
            if auth.user.is_some_and(|user| !request.handshake.bind(&user)) {
                return Err(Refusal::CloseTransport { reason: "another_identity" });
            }
            let origin = request.handshake.header("authorization").unwrap_or("nobody").to_owned();
            Ok(Accept::new(origin).rooms(auth.rooms.into_iter().map(Room::new)).recover(auth.recover))
        })
    }

    fn keep_room(&self, _: &Socket, room: &Room) -> bool {
        room.name() != "closed-meanwhile"
    }

    fn recovered(&self, socket: &Socket, previous: &(dyn Any + Send + Sync)) {
        socket.emit("was", previous.downcast_ref::<String>().unwrap());
    }

    fn overflow(&self, socket: &Socket) -> Overflow {
        match socket.handshake().query().contains("repairs") {
            true => Overflow::Invalidate(Frame::event_raw(socket.namespace(), "missed", "{}")),
            false => Overflow::Close,
        }
    }

    fn event(&self, socket: &Socket, event: Event<'_>) {
        let text =
            |at: usize| event.args.get(at).and_then(|arg| serde_json::from_str::<String>(arg.get()).ok());
        match event.name {
            "echo" => {
                let frame = Frame::event_args(socket.namespace(), "echo", &event.args, &event.attachments);
                socket.send(frame);
            }
            "flood" => {
                let frame = Frame::event_raw(socket.namespace(), "flood", "1");
                (0..512).for_each(|_| socket.send(frame.clone()));
                match text(0).as_deref() {
                    Some("kick") => socket.disconnect(),
                    Some("ask") => ask(socket.clone(), "?"),
                    _ => {}
                }
            }
            "answer later" => self.later.lock().unwrap().push((event.ack.unwrap(), text(0).unwrap())),
            "answer" => {
                for (ack, text) in self.later.lock().unwrap().drain(..) {
                    ack.send(&text);
                }
            }
            "acked" => event.ack.unwrap().send_args(&event.args, &event.attachments),
            "whoami" => event
                .ack
                .unwrap()
                .send(&json!({ "name": socket.data::<String>().unwrap(), "id": socket.id() })),
            "ask" => ask(socket.clone(), &text(0).unwrap_or_default()),
            "join" => socket.join(Room::new(text(0).unwrap())),
            "leave" => socket.leave(&Room::new(text(0).unwrap())),
            "call then tell" => {
                let frame = Frame::event_raw(socket.namespace(), "first", "1");
                self.io.get().unwrap().broadcast(socket.namespace(), Broadcast::to_all(frame));
                socket.emit("second", &2);
            }
            "kick" => socket.disconnect(),
            "kick all" => socket.disconnect_all(),
            "volatile" => {
                let frame = Frame::event_args(socket.namespace(), "volatile", &event.args, &[]);
                socket.send_volatile(frame);
            }
            "close" => socket.close("closed_by_test"),
            "panic" => panic!("asked for"),
            "call" => {
                let call: Call = serde_json::from_str(event.args[0].get()).unwrap();
                let rooms = |names: Vec<String>| names.into_iter().map(Room::new).collect::<Arc<[Room]>>();
                let frame = Frame::event(socket.namespace(), "called", &call.text).unwrap();
                let (rooms, except) = (rooms(call.rooms), rooms(call.except));
                self.io
                    .get()
                    .unwrap()
                    .broadcast(socket.namespace(), Broadcast { rooms, except, volatile: false, frame });
            }
            name if name.parse::<f64>().is_ok() => socket.emit("unknown", &name),
            _ => {}
        }
    }

    fn too_large(&self, _: &Socket, ack: Option<Acker>, bytes: usize) {
        if let Some(ack) = ack {
            ack.send(&json!({ "too_large": bytes }));
        }
    }

    fn disconnected(&self, socket: &Socket, reason: DisconnectReason) {
        let _ = self.disconnects.lock().unwrap().send((socket.id().to_owned(), reason));
    }
}

/// Asks the client, and tells it what came back.
fn ask(socket: Socket, question: &str) {
    let answer = socket.emit_with_ack("question", &question, Duration::from_millis(200));
    tokio::spawn(async move {
        match answer.await {
            Ok(Answer { args, attachments }) => {
                let args: Vec<_> = args.iter().map(|arg| &**arg).collect();
                socket.send(Frame::event_args(socket.namespace(), "told", &args, &attachments));
            }
            Err(error) => socket.emit("told", &error.to_string()),
        }
    });
}
