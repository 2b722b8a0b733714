//! The server as a whole: shards, the accept loop, draining.

use crate::{
    Config, EngineHandler, Handler, Io, Stats,
    engine::Timings,
    shard::{self, Message},
    stats::Counters,
};
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
};

/// The body of an HTTP response, of the fallback too.
pub type HttpBody =
    http_body_util::combinators::UnsyncBoxBody<bytes::Bytes, Box<dyn std::error::Error + Send + Sync>>;

pub(crate) type Fallback =
    Box<dyn Fn(Request<Incoming>) -> BoxFuture<'static, Response<HttpBody>> + Send + Sync>;

/// What every thread knows.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) timings: Timings,
    namespaces: Vec<Namespace>,
    endpoints: Vec<Endpoint>,
    pub(crate) fallback: Fallback,
    mailboxes: Vec<UnboundedSender<Message>>,
    counters: Vec<Counters>,
    draining: watch::Sender<bool>,
    /// TCP connections that are open.
    open: AtomicUsize,
    all_closed: Notify,
}

pub(crate) struct Namespace {
    pub(crate) name: Arc<str>,
    pub(crate) handler: Arc<dyn Handler>,
}

/// A path where Engine.IO is served.
pub(crate) struct Endpoint {
    path: String,
    /// Raw Engine.IO instead of Socket.IO.
    pub(crate) engine: Option<Arc<dyn EngineHandler>>,
}

impl Shared {
    pub(crate) fn namespaces(&self) -> usize {
        self.namespaces.len()
    }

    pub(crate) fn namespace(&self, index: u16) -> &Namespace {
        &self.namespaces[usize::from(index)]
    }

    pub(crate) fn namespace_name(&self, index: u16) -> &str {
        &self.namespace(index).name
    }

    pub(crate) fn namespace_index(&self, name: &str) -> Option<u16> {
        self.namespaces.iter().position(|namespace| &*namespace.name == name).map(|index| index as u16)
    }

    pub(crate) fn endpoint(&self, path: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| {
            path.starts_with(&endpoint.path) || endpoint.path.strip_suffix('/') == Some(path)
        })
    }

    pub(crate) fn shards(&self) -> usize {
        self.mailboxes.len()
    }

    pub(crate) fn counters(&self, shard: usize) -> &Counters {
        &self.counters[shard]
    }

    /// A shard that has stopped gets nothing any more.
    pub(crate) fn send(&self, shard: usize, message: Message) {
        let _ = self.mailboxes[shard].send(message);
    }

    pub(crate) fn draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats::default();
        self.counters.iter().for_each(|counters| counters.add_to(&mut stats));
        stats
    }
}

/// Counts one TCP connection while it lives.
pub(crate) struct OpenTransport(Arc<Shared>);

impl OpenTransport {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::Relaxed);
        Self(shared.clone())
    }
}

impl Drop for OpenTransport {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.all_closed.notify_waiters();
        }
    }
}

/// Puts a server together.
pub struct Builder {
    config: Config,
    namespaces: Vec<Namespace>,
    endpoints: Vec<Endpoint>,
    fallback: Fallback,
}

impl Builder {
    /// Serves a namespace. A name that is there already gets the new handler.
    pub fn namespace(mut self, name: &str, handler: impl Handler) -> Self {
        self.namespaces.retain(|namespace| &*namespace.name != name);
        self.namespaces.push(Namespace { name: name.into(), handler: Arc::new(handler) });
        self
    }

    /// Serves Engine.IO without Socket.IO on another path.
    pub fn engine(mut self, path: &str, handler: impl EngineHandler) -> Self {
        self.endpoints.push(Endpoint { path: path.to_owned(), engine: Some(Arc::new(handler)) });
        self
    }

    /// Answers every request that is not Engine.IO's; without one they get 404. Runs on a shard: must not block.
    pub fn fallback(
        mut self,
        service: impl Fn(Request<Incoming>) -> BoxFuture<'static, Response<HttpBody>> + Send + Sync + 'static,
    ) -> Self {
        self.fallback = Box::new(service);
        self
    }

    /// Starts the shards. A system that refuses even these threads is logged; the server then serves nobody.
    pub fn build(self) -> Server {
        match self.start() {
            (server, Ok(())) => server,
            (server, Err(error)) => {
                tracing::error!(%error, "shards cannot be started");
                server
            }
        }
    }

    /// Starts the shards. Fails when the system refuses threads.
    pub fn try_build(self) -> io::Result<Server> {
        let (server, started) = self.start();
        started.map(|()| server)
    }

    fn start(mut self) -> (Server, io::Result<()>) {
        let path = self.config.path.clone();
        self.endpoints.push(Endpoint { path, engine: None });
        let shards = self.config.shards.clamp(1, 4096);
        let (mailboxes, receivers): (Vec<_>, Vec<UnboundedReceiver<Message>>) =
            (0..shards).map(|_| unbounded_channel()).unzip();
        let timings = Timings {
            ping_interval: self.config.ping_interval.as_millis() as u64,
            ping_timeout: self.config.ping_timeout.as_millis() as u64,
        };
        let shared = Arc::new(Shared {
            config: self.config,
            timings,
            namespaces: self.namespaces,
            endpoints: self.endpoints,
            fallback: self.fallback,
            mailboxes,
            counters: (0..shards).map(|_| Counters::default()).collect(),
            draining: watch::Sender::new(false),
            open: AtomicUsize::new(0),
            all_closed: Notify::new(),
        });
        // Made first, so that shards which did start are stopped if a later one does not.
        let server = Server { shared };
        let started = receivers
            .into_iter()
            .enumerate()
            .try_for_each(|(index, mailbox)| shard::start(server.shared.clone(), index, mailbox));
        (server, started)
    }
}

/// A running server. Dropping it stops the shards and cuts what is connected.
pub struct Server {
    shared: Arc<Shared>,
}

impl Server {
    /// Begins with a configuration.
    pub fn builder(config: Config) -> Builder {
        Builder { config, namespaces: Vec::new(), endpoints: Vec::new(), fallback: Box::new(not_found) }
    }

    /// For broadcasts and everything else that is not tied to one socket.
    pub fn io(&self) -> Io {
        Io::new(self.shared.clone())
    }

    /// Accepts connections until [`Server::drain`], on the caller's runtime, and deals them out to the shards.
    pub async fn serve(&self, listener: TcpListener) -> io::Result<()> {
        let mut draining = self.shared.draining();
        for turn in 0.. {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = draining.wait_for(|draining| *draining) => return Ok(()),
            };
            match accepted.and_then(|(stream, remote)| {
                stream.set_nodelay(true)?;
                Ok((stream.into_std()?, remote))
            }) {
                Ok((stream, remote)) => {
                    self.shared.send(turn % self.shared.shards(), Message::Accept(stream, remote));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: closing connections will help, spinning will not.
                    tracing::warn!(%error, "cannot accept");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
        Ok(())
    }

    /// Stops accepting, lets HTTP requests finish and closes the other transports (without DISCONNECT, so that clients
    /// come back elsewhere). Returns when none is left, or, after `grace`, when the rest is cut.
    pub async fn drain(&self, grace: Duration) {
        self.shared.draining.send_replace(true);
        self.tell_all(|| Message::Drain);
        if tokio::time::timeout(grace, self.all_closed()).await.is_err() {
            self.tell_all(|| Message::Kill);
        }
    }

    async fn all_closed(&self) {
        loop {
            let closed = self.shared.all_closed.notified();
            if self.shared.open.load(Ordering::Acquire) == 0 {
                return;
            }
            closed.await;
        }
    }

    fn tell_all(&self, message: impl Fn() -> Message) {
        (0..self.shared.shards()).for_each(|shard| self.shared.send(shard, message()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tell_all(|| Message::Stop);
    }
}

fn not_found(_: Request<Incoming>) -> BoxFuture<'static, Response<HttpBody>> {
    use http_body_util::BodyExt;
    let body = http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    Box::pin(std::future::ready(response))
}
