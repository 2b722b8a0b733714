//! The four checks.

use crate::{
    ALLOCATOR,
    bystander::Bystander,
    case::{Case, World},
    client::Ws,
    server::TestServer,
};
use parlor_socketio::{Config, Io};
use std::{
    collections::BTreeMap,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// What may stay allocated after one case: tokio gives back the places of sockets in batches.
const CASE_SLACK_BYTES: usize = 32 * 1024;
/// What may stay after all of them: names of counters, and on each shard a list of deadlines for each slot of the wheel.
const SLACK_BYTES: usize = 192 * 1024;
/// How long a case's traces may take to go.
const PATIENCE: Duration = Duration::from_secs(10);
/// One bystander on each shard of the calm server.
pub(crate) const BYSTANDERS: u64 = 2;
const PROMISED: Duration = Duration::from_millis(100);

type Refusals = BTreeMap<&'static str, u64>;

pub(crate) struct Checks {
    world: World,
    bystanders: Vec<Bystander>,
    /// Bytes allocated before the first case.
    level: usize,
    most: usize,
    slowest: (Duration, String),
    late: usize,
}

fn hasty(config: &mut Config) {
    config.ping_interval = Duration::from_millis(250);
    config.ping_timeout = Duration::from_millis(250);
    config.upgrade_timeout = Duration::from_millis(200);
    config.limits.handshake_ms = 200;
    config.limits.connect_timeout_ms = 350;
    config.recovery = true;
    config.limits.recovery_window_ms = 300;
    config.limits.recovery_probe_ms = 100;
}

fn allocated() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

impl Checks {
    pub(crate) fn start() -> Self {
        // No heartbeat comes in between.
        let calm = TestServer::with(|config| config.ping_interval = Duration::from_secs(3600));
        let world = World { calm, hasty: TestServer::with(hasty) };
        let bystanders = (0..BYSTANDERS).map(|_| Bystander::of(&world.calm)).collect();
        let slowest = (Duration::ZERO, String::new());
        let mut checks = Self { world, bystanders, level: 0, most: 0, slowest, late: 0 };
        // What is allocated once and for all.
        for _ in 0..8 {
            newcomer(&checks.world.calm);
            newcomer(&checks.world.hasty);
            checks.bystanders_are_well("the start");
        }
        while checks.gauges() != (BYSTANDERS, BYSTANDERS, 0) {
            std::thread::yield_now();
        }
        checks.level = allocated();
        checks
    }

    /// What is wrong after the case, if anything is.
    pub(crate) fn run(&mut self, case: &Case) -> Result<(), String> {
        let before = self.refusals();
        let allocated_before = allocated();
        let acted = catch_unwind(AssertUnwindSafe(|| (case.act)(&self.world)));
        self.bystanders_are_well(&case.name);
        newcomer(&self.world.hasty);
        let ended = Instant::now();
        let settled = loop {
            match self.settled(case, &before, allocated_before) {
                Err(_) if ended.elapsed() < PATIENCE => std::thread::yield_now(),
                settled => break settled,
            }
        };
        if settled.is_err() {
            // So that what is wrong now is not said of the next case too.
            self.level = allocated();
        }
        acted.map_err(|_| "ended otherwise than expected, see above".to_owned()).and(settled)
    }

    /// Whether nothing is left of the case but its count.
    fn settled(&mut self, case: &Case, before: &Refusals, allocated_before: usize) -> Result<(), String> {
        while self.world.calm.disconnects.try_recv().is_ok() {}
        while self.world.hasty.disconnects.try_recv().is_ok() {}
        let mut expected = Refusals::new();
        case.counts.iter().for_each(|(name, count)| *expected.entry(name).or_default() += count);
        let counted = self.counted_since(before);
        if counted != expected {
            return Err(format!("counted {counted:?}, expected {expected:?}"));
        }
        let gauges = self.gauges();
        if gauges != (BYSTANDERS, BYSTANDERS, 0) {
            return Err(format!("connections, sockets, those of the hasty server: {gauges:?}"));
        }
        let (held, more) =
            (allocated().saturating_sub(self.level), allocated().saturating_sub(allocated_before));
        if held > SLACK_BYTES || more > CASE_SLACK_BYTES {
            return Err(format!("{held} bytes are held, {more} more than before"));
        }
        self.most = self.most.max(held);
        Ok(())
    }

    fn bystanders_are_well(&mut self, after: &str) {
        for bystander in &mut self.bystanders {
            let asked = Instant::now();
            bystander.is_well(after);
            let took = asked.elapsed();
            self.late += usize::from(took > PROMISED);
            if took > self.slowest.0 {
                self.slowest = (took, after.to_owned());
            }
        }
    }

    /// Connections and sockets of the calm server, and those of the hasty one together.
    fn gauges(&self) -> (u64, u64, u64) {
        let (calm, hasty) = (self.world.calm.io().stats(), self.world.hasty.io().stats());
        (calm.connections, calm.sockets, hasty.connections + hasty.sockets)
    }

    fn refusals(&self) -> Refusals {
        let mut all = Refusals::new();
        for refusals in [&self.world.calm, &self.world.hasty].map(TestServer::io).iter().map(Io::stats) {
            for (name, count) in refusals.refusals {
                *all.entry(name).or_default() += count;
            }
        }
        all
    }

    fn counted_since(&self, before: &Refusals) -> Refusals {
        let more = |(name, count)| (name, count - before.get(name).copied().unwrap_or(0));
        self.refusals().into_iter().map(more).filter(|(_, count)| *count > 0).collect()
    }
}

/// Somebody who comes now is served.
fn newcomer(server: &TestServer) {
    let mut ws = Ws::open(server.addr);
    ws.send("40");
    // On the hasty server a ping may come between.
    while !ws.text().starts_with("40") {}
    ws.send(r#"42["echo","hello"]"#);
    while ws.text() != r#"42["echo","hello"]"# {}
}

impl fmt::Display for Checks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (took, after) = &self.slowest;
        let (late, most) = (self.late, self.most);
        write!(
            formatter,
            "slowest echo {took:?} after {after}, {late} over {PROMISED:?}; at most {most} bytes held"
        )
    }
}
