//! The server as a whole: shards, the accept loop, draining.

use crate::{
    Builder, Config, EngineHandler, Frame, HttpHooks, Io, Stats,
    engine::Timings,
    gauge::Gauge,
    namespaces::{self, Namespace},
    recovery::{Bounds, Epoch, Log},
    shard::Message,
    stats::Counters,
    users::Users,
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
    sync::{Notify, mpsc::UnboundedSender, watch},
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
    /// One for each namespace, or none without recovery.
    logs: Vec<Log>,
    endpoints: Vec<Endpoint>,
    pub(crate) hooks: Option<Arc<dyn HttpHooks>>,
    pub(crate) fallback: Fallback,
    mailboxes: Vec<UnboundedSender<Message>>,
    counters: Vec<Counters>,
    draining: watch::Sender<bool>,
    /// Engine.IO connections, and those of them that have joined no namespace.
    pub(crate) connections: Gauge,
    pub(crate) unadmitted: Gauge,
    pub(crate) users: Arc<Users>,
    /// TCP connections that are open.
    open: AtomicUsize,
    all_closed: Notify,
}

/// What a builder has gathered.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) hooks: Option<Arc<dyn HttpHooks>>,
    pub(crate) fallback: Fallback,
}

/// A path where Engine.IO is served.
pub(crate) struct Endpoint {
    pub(crate) path: String,
    /// Raw Engine.IO instead of Socket.IO.
    pub(crate) engine: Option<Arc<dyn EngineHandler>>,
}

impl Shared {
    /// With one mailbox for each shard.
    pub(crate) fn new(parts: Parts, mailboxes: Vec<UnboundedSender<Message>>) -> Self {
        let Parts { config, namespaces, endpoints, hooks, fallback } = parts;
        let (epoch, bounds) = (Epoch::random(), Bounds::from(&config.limits));
        let logged = if config.recovery { namespaces.len() } else { 0 };
        Self {
            timings: Timings {
                ping_interval: config.ping_interval.as_millis() as u64,
                ping_timeout: config.ping_timeout.as_millis() as u64,
            },
            config,
            logs: (0..logged).map(|_| Log::new(epoch.clone(), bounds)).collect(),
            namespaces,
            endpoints,
            hooks,
            fallback,
            counters: mailboxes.iter().map(|_| Counters::default()).collect(),
            mailboxes,
            draining: watch::Sender::new(false),
            connections: Gauge::default(),
            unadmitted: Gauge::default(),
            users: Arc::default(),
            open: AtomicUsize::new(0),
            all_closed: Notify::new(),
        }
    }

    pub(crate) fn namespaces(&self) -> usize {
        self.namespaces.len()
    }

    pub(crate) fn namespace(&self, index: u16) -> &Namespace {
        &self.namespaces[usize::from(index)]
    }

    pub(crate) fn namespace_index(&self, name: &str) -> Option<u16> {
        namespaces::find(&self.namespaces, name)
    }

    /// There if clients can take their sessions up again.
    pub(crate) fn log(&self, namespace: u16) -> Option<&Log> {
        self.logs.get(usize::from(namespace)).filter(|_| !self.namespace(namespace).is_pattern())
    }

    pub(crate) fn logs(&self) -> &[Log] {
        &self.logs
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

/// A running server. Dropping it stops the shards and cuts what is connected.
pub struct Server {
    pub(crate) shared: Arc<Shared>,
}

impl Server {
    /// Begins with a configuration.
    pub fn builder(config: Config) -> Builder {
        Builder::new(config)
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
    ///
    /// Before its transport is closed, every socket of a namespace in `goodbye` is sent that frame.
    pub async fn drain(&self, goodbye: &[(&str, Frame)], grace: Duration) {
        let goodbye: Arc<[(Box<str>, Frame)]> =
            goodbye.iter().map(|(namespace, frame)| ((*namespace).into(), frame.clone())).collect();
        self.shared.draining.send_replace(true);
        self.tell_all(|| Message::Drain(goodbye.clone()));
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
