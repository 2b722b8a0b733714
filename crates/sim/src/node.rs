//! One node: what `crates/parlor` wires, on a simulated database and network.

use std::{sync::Arc, time::Duration};

use server::{Edge, Gate, auth::Authenticator};
use service::{
    Publisher, Service, Settings,
    chat::{Environment, Limits},
    realtime::{Canonical, Mount},
};
use socketio::{Server, simulation::Entrance};
use store::{SimulatedDatabase, Store};
use tokio::{runtime::Handle, task::JoinHandle};

use crate::{plan::Plan, weather::Skies};

/// What tokens are signed with.
pub(crate) const SECRET: &[u8] = b"a secret that only simulations use, long enough";

/// The namespace that clients join.
pub(crate) const NAMESPACE: &str = "/";

/// A running node.
pub(crate) struct Node {
    pub(crate) entrance: Entrance,
    skies: Arc<Skies>,
    publisher: Arc<Publisher>,
    shard: JoinHandle<()>,
    _server: Server,
}

impl Node {
    pub(crate) fn start(
        plan: &Plan,
        database: &SimulatedDatabase,
        skies: Arc<Skies>,
        environment: Arc<dyn Environment>,
        seed: u64,
    ) -> Self {
        let store = Store::simulated(database, plan.lanes, skies.clone());
        let mount = Mount { encoder: Arc::new(Canonical), namespaces: vec![NAMESPACE.to_owned()] };
        let publisher = Arc::new(Publisher::new(vec![mount]));
        let limits = Limits {
            sync_rows: 12,
            sync_changes_per_conversation: plan.sync_changes,
            heads_digest_ms: plan.heads_digest_ms,
            ..Limits::default()
        };
        let settings = Settings { limits, send_rate: None, ..Settings::default() };
        let service = Service::start(store, publisher.clone(), environment, settings);
        let edge = Edge::new(service, edge());
        let (server, simulation, entrance) = Server::builder(transport(plan))
            .namespace(NAMESPACE, Gate::new(edge, Handle::current()))
            .simulate(seed);
        publisher.attach(server.io());
        let shard = tokio::task::spawn_local(simulation);
        Self { entrance, skies, publisher, shard, _server: server }
    }

    /// The end of the process: all that is in memory is gone, nobody is told.
    pub(crate) fn crash(self) {
        self.skies.kill();
        self.publisher.detach();
        self.shard.abort();
    }
}

fn edge() -> server::Settings {
    server::Settings {
        authenticator: Authenticator::hs256(SECRET, "auth_token".to_owned()),
        api_key: None,
        cors_origins: Vec::new(),
        event_bytes: 64 * 1024,
        body_timeout: Duration::from_secs(10),
        demo: None,
    }
}

fn transport(plan: &Plan) -> socketio::Config {
    let defaults = socketio::Limits::default();
    socketio::Config {
        recovery: true,
        ping_interval: Duration::from_secs(4),
        ping_timeout: Duration::from_secs(2),
        limits: socketio::Limits {
            handshakes_per_second: 0,
            outbound_queue_frames: plan.queue_frames,
            recovery_window_ms: 10_000,
            recovery_window_events: plan.recovery_events,
            recovery_probe_ms: 500,
            ..defaults
        },
        ..socketio::Config::default()
    }
}
