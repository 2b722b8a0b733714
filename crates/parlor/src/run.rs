//! Wiring: settings in, a running server out.

use std::{
    fs::{File, TryLockError},
    net::SocketAddr,
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, header};
use server::{
    Edge, Gate,
    auth::{Authenticator, Credential},
    demo::Demo,
};
use service::{
    Publisher, Service,
    chat::Environment,
    jobs::{
        outbox::Handlers,
        runner::{JobSettings, Jobs},
        trimming::Kept,
    },
    realtime::{Canonical, Mount},
};
use socketio::Server;
use store::{DatabaseUrl, Store, StoreError, StoreOptions};
use tokio::net::TcpListener;

use crate::{Failure, config::Settings, drain};

/// Of lanes, where their number follows that of cores.
const MOST_LANES: usize = 4;

/// How long a starting server waits for one that has the same PostgreSQL database and may be just ending.
const TAKEOVER: Duration = Duration::from_secs(5);

/// A server that is wired and bound, and serves once [`Parlor::serve`] runs.
pub struct Parlor {
    server: Server,
    listener: TcpListener,
    edge: Edge,
    publisher: Arc<Publisher>,
    store: Store,
    jobs: Jobs,
    drain: Duration,
    /// Held while the embedded database is in use.
    _lock: Option<File>,
}

/// What a server is given beside its settings.
pub struct Wiring {
    /// Time and randomness.
    pub environment: Arc<dyn Environment>,
    /// Migrate PostgreSQL too, which in production `parlor migrate up` does.
    pub migrate: bool,
    /// What does the effects of the outbox.
    pub handlers: Handlers,
}

impl Parlor {
    /// Opens the database, binds the port, wires everything. Nothing is accepted before [`Parlor::serve`].
    ///
    /// # Errors
    /// What is missing or cannot be reached, and what to do.
    pub async fn start(settings: Settings, wiring: Wiring) -> Result<Self, Failure> {
        let environment = wiring.environment;
        let secret = settings.signing_secret(&*environment)?;
        prepare_data_dir(&settings)?;
        let lock = lock_database(&settings.database)?;
        let options = StoreOptions {
            lanes: lanes(settings.lanes),
            readers: settings.readers,
            migrate: wiring.migrate,
            read_timeout: Duration::from_millis(settings.read_timeout_ms),
            // Without a bus two servers would hear of each other's messages only by gaps.
            alone: Some(TAKEOVER),
            ..StoreOptions::default()
        };
        let store =
            Store::open(&settings.database, options).await.map_err(|error| unusable(&settings, error))?;
        let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
            Failure::Outside(format!(
                "{} cannot be listened on: {error}; choose another with --listen",
                settings.listen
            ))
        })?;

        let runtime = tokio::runtime::Handle::current();
        let builder = Server::builder(transport(&settings));
        let namespaces = server::NAMESPACES.iter().map(|&name| name.to_owned()).collect();
        let publisher = Arc::new(Publisher::new(vec![Mount { encoder: Arc::new(Canonical), namespaces }]));
        let rules = service::Settings {
            limits: settings.limits.clone(),
            send_rate: settings.send_rate,
            user_settings: settings.user_settings,
        };
        let background = environment.clone();
        let service = Service::start(store.clone(), publisher.clone(), environment, rules);
        let edge = Edge::new(
            service.clone(),
            server::Settings {
                authenticator: Authenticator::hs256(&secret, settings.cookie.clone()),
                api_key: settings.api_key(),
                cors_origins: settings.cors_origins.clone(),
                event_bytes: settings.transport.event_bytes,
                body_timeout: Duration::from_millis(settings.transport.handshake_ms),
                demo: settings.demo.then_some(Demo { secret }),
            },
        );
        if settings.demo {
            server::demo::seed(&service)
                .await
                .map_err(|error| Failure::Outside(format!("the demo people could not be put in: {error}")))?;
        }
        let builder = server::NAMESPACES.iter().fold(builder, |builder, namespace| {
            builder.namespace(namespace, Gate::new(edge.clone(), runtime.clone()))
        });
        let server = builder.fallback(server::fallback(edge.clone(), runtime)).build();
        publisher.attach(server.io());
        let jobs = Jobs::start(&store, &background, wiring.handlers, &job_settings(&settings));
        Ok(Self {
            _lock: lock,
            server,
            listener,
            edge,
            publisher,
            store,
            jobs,
            drain: Duration::from_millis(settings.drain_ms),
        })
    }

    /// Where it listens; with port 0 configured, the port that was given.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `shutdown` comes, then drains: `/readyz` answers 503, nothing new is accepted, connections are
    /// told when to come back and closed; at once when none is left.
    ///
    /// # Errors
    /// When connections can no longer be accepted, or another server took the database over.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        let Self { server, listener, edge, publisher, store, jobs, drain, _lock } = self;
        let ended = tokio::select! {
            ended = server.serve(listener) => {
                ended.map_err(|error| Failure::Outside(format!("connections can no longer be accepted: {error}")))
            }
            () = shutdown => Ok(()),
            () = store.taken_over() => Err(Failure::Outside(
                "the connection that kept other servers away from the database broke, and another Parlor took it over; \
                 this one ends, since without a bus the two would not hear of each other"
                    .into(),
            )),
        };
        edge.start_draining();
        drain::drain(&server, drain).await;
        publisher.detach();
        drop((server, edge));
        jobs.stop().await;
        store.close().await;
        ended
    }
}

fn job_settings(settings: &Settings) -> JobSettings {
    let limits = &settings.limits;
    let kept = Kept {
        changes: limits.changes_kept_rows,
        user_changes: limits.user_changes_kept_rows,
        days: limits.changes_kept_days,
    };
    JobSettings { outbox_attempts: limits.outbox_attempts, kept }
}

fn transport(settings: &Settings) -> socketio::Config {
    let defaults = socketio::Config::default();
    let mut kept_headers = defaults.kept_headers.clone();
    // Compared with Origin, to tell pages of our own from others.
    kept_headers.push(header::HOST);
    let cookie = settings.cookie.clone();
    let credential = move |headers: &HeaderMap| {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let found = Credential::find(None, text(header::AUTHORIZATION), text(header::COOKIE), &cookie);
        found.text().map(str::to_owned)
    };
    socketio::Config {
        credential: socketio::Credential::new(credential),
        shards: if settings.shards == 0 { defaults.shards } else { settings.shards },
        kept_headers,
        kept_cookies: Some(vec![settings.cookie.clone()]),
        cors: socketio::Cors { origins: settings.cors_origins.clone(), credentials: true },
        recovery: settings.transport.recovery_window_ms > 0,
        limits: settings.transport.clone(),
        ..defaults
    }
}

/// Names the database and where its address came from; the address is shown without its password.
fn unusable(settings: &Settings, error: StoreError) -> Failure {
    let url = &settings.database;
    let unreachable = matches!(error, StoreError::Unavailable(_));
    let in_use = matches!(error, StoreError::InUse(_));
    match Failure::from(error) {
        Failure::Outside(why) if in_use => Failure::Outside(format!("{url} is in use: {why}")),
        Failure::Config(why) => Failure::Config(format!("database {url}: {why}; check database.url")),
        other if unreachable => {
            Failure::Outside(format!("database {url}: {other}; is it running, and is database.url right?"))
        }
        other => Failure::Outside(format!("database {url}: {other}")),
    }
}

/// An embedded database has one server: two would not hear of each other's messages.
pub(crate) fn lock_database(url: &DatabaseUrl) -> Result<Option<File>, Failure> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
    let path = path.with_extension("lock");
    let outside = |error| Failure::Outside(format!("{} cannot be locked: {error}", path.display()));
    let file = File::create(&path).map_err(outside)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(Failure::Outside(format!(
            "{url} is in use by another Parlor; stop that one, or choose another --data-dir"
        ))),
        Err(TryLockError::Error(error)) => Err(outside(error)),
    }
}

pub(crate) fn prepare_data_dir(settings: &Settings) -> Result<(), Failure> {
    std::fs::create_dir_all(&settings.data_dir).map_err(|error| {
        let shown = settings.data_dir.display();
        Failure::Outside(format!(
            "the data folder {shown} cannot be made: {error}; choose another with --data-dir"
        ))
    })
}

/// Lanes beyond cores only cut batches smaller; beyond a few, batches are small anyway.
fn lanes(configured: usize) -> usize {
    match configured {
        0 => std::thread::available_parallelism().map_or(1, usize::from).min(MOST_LANES),
        configured => configured,
    }
}
