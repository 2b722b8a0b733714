//! From a configuration to a running server.

use crate::{
    Config, EngineHandler, Handler, HttpBody, HttpHooks, Server,
    namespaces::{Name, Namespace},
    server::{Endpoint, Fallback, Parts, Shared},
    shard::{self, Message},
};
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use std::{io, sync::Arc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Puts a server together.
pub struct Builder {
    config: Config,
    namespaces: Vec<Namespace>,
    endpoints: Vec<Endpoint>,
    hooks: Option<Arc<dyn HttpHooks>>,
    fallback: Fallback,
}

impl Builder {
    pub(crate) fn new(config: Config) -> Self {
        let (namespaces, endpoints) = (Vec::new(), Vec::new());
        Self { config, namespaces, endpoints, hooks: None, fallback: Box::new(not_found) }
    }

    /// Serves a namespace. A name that is there already gets the new handler.
    pub fn namespace(mut self, name: &str, handler: impl Handler) -> Self {
        self.namespaces.retain(|namespace| namespace.is_pattern() || namespace.fixed_name() != name);
        self.namespaces.push(Namespace { name: Name::One(name.into()), handler: Arc::new(handler) });
        self
    }

    /// Serves every namespace whose name fits and that is not served otherwise; of several patterns that fit, the first.
    /// Each of them has its own sockets and rooms, exists while it has sockets, and goes by its name in [`Io`](crate::Io)
    /// too. Sessions in them are not taken up again after a cut. `matches` is called with what clients ask for: any text
    /// of at most 256 bytes, without U+0000.
    pub fn namespaces(
        mut self,
        matches: impl Fn(&str) -> bool + Send + Sync + 'static,
        handler: impl Handler,
    ) -> Self {
        let name = Name::Pattern(Box::new(matches));
        self.namespaces.push(Namespace { name, handler: Arc::new(handler) });
        self
    }

    /// Serves Engine.IO without Socket.IO on another path.
    pub fn engine(mut self, path: &str, handler: impl EngineHandler) -> Self {
        self.endpoints.push(Endpoint { path: path.to_owned(), engine: Some(Arc::new(handler)) });
        self
    }

    /// Looks at every request for Engine.IO, on all of its paths: may refuse a session and add headers.
    pub fn http_hooks(mut self, hooks: impl HttpHooks) -> Self {
        self.hooks = Some(Arc::new(hooks));
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

    /// Sets the server up as a simulation, with one shard.
    #[cfg(feature = "simulation")]
    pub fn simulate(
        mut self,
        seed: u64,
    ) -> (Server, crate::simulation::Simulation, crate::simulation::Entrance) {
        self.config.shards = 1;
        let (server, mailbox) = self.set_up();
        let (simulation, entrance) = crate::simulation::start(&server, seed, mailbox);
        (server, simulation, entrance)
    }

    fn start(self) -> (Server, io::Result<()>) {
        // Made first, so that shards which did start are stopped if a later one does not.
        let (server, receivers) = self.set_up();
        let started = receivers
            .into_iter()
            .enumerate()
            .try_for_each(|(index, mailbox)| shard::start(server.shared.clone(), index, mailbox));
        (server, started)
    }

    /// A server, and the mailbox of each of its shards.
    fn set_up(mut self) -> (Server, Vec<UnboundedReceiver<Message>>) {
        let path = self.config.path.clone();
        self.endpoints.push(Endpoint { path, engine: None });
        let shards = self.config.shards.clamp(1, 4096);
        let (mailboxes, receivers): (Vec<_>, Vec<UnboundedReceiver<Message>>) =
            (0..shards).map(|_| unbounded_channel()).unzip();
        let parts = Parts {
            config: self.config,
            namespaces: self.namespaces,
            endpoints: self.endpoints,
            hooks: self.hooks,
            fallback: self.fallback,
        };
        (Server { shared: Arc::new(Shared::new(parts, mailboxes)) }, receivers)
    }
}

fn not_found(_: Request<Incoming>) -> BoxFuture<'static, Response<HttpBody>> {
    use http_body_util::BodyExt;
    let body = http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    Box::pin(std::future::ready(response))
}
