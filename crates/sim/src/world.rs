//! Everything that is simulated, and what becomes of it.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chat::Environment;
use server::auth::{Claims, sign};
use socketio::simulation::Entrance;
use store::SimulatedDatabase;
use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

use crate::{
    Report,
    chance::Chance,
    client::Client,
    clock::Clock,
    elsewhere,
    node::{Node, SECRET},
    plan::Plan,
    record::{Record, plain},
    weather::Skies,
};

/// A client that is not done after so long, with no fault any more, never will be.
const PATIENCE: Duration = Duration::from_secs(120);

/// Time for what is owed to be told.
const REST: Duration = Duration::from_secs(6);

/// Whom people are.
const NAMES: [&str; 4] = ["ada", "grace", "hedy", "mary"];

/// What clients are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Do something.
    Busy,
    /// Get answers for what was sent.
    Finish,
    /// Show what you hold.
    Settle,
}

/// What all clients share.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) chance: Chance,
    pub(crate) record: Record,
    pub(crate) users: Vec<String>,
    environment: Arc<dyn Environment>,
    pub(crate) database: SimulatedDatabase,
    calm: Arc<AtomicBool>,
    node: RefCell<Option<Node>>,
    phase: Cell<Phase>,
    finished: Cell<usize>,
    recoveries: Cell<u64>,
    /// How often each user was added to something elsewhere.
    elsewhere: RefCell<BTreeMap<String, u64>>,
    /// By conversation (plain id) and user.
    unread: RefCell<BTreeMap<(String, String), u64>>,
}

impl World {
    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Where to connect, while a node runs.
    pub(crate) fn entrance(&self) -> Option<Entrance> {
        self.node.borrow().as_ref().map(|node| node.entrance.clone())
    }

    /// Whether a change may be left out of the events, to be seen by its number: where it could not be read.
    pub(crate) fn may_leave_gaps(&self) -> bool {
        self.plan.faults.reads_failed > 0
    }

    pub(crate) fn count_finished(&self) {
        self.finished.set(self.finished.get() + 1);
    }

    pub(crate) fn count_recovery(&self) {
        self.recoveries.set(self.recoveries.get() + 1);
    }

    /// Lets the devices of a user know that something of his was written elsewhere.
    pub(crate) fn tell_of_elsewhere(&self, user: &str) {
        *self.elsewhere.borrow_mut().entry(user.to_owned()).or_default() += 1;
    }

    /// How often they were told.
    pub(crate) fn told_of_elsewhere(&self, user: &str) -> u64 {
        self.elsewhere.borrow().get(user).copied().unwrap_or_default()
    }

    /// Notes what the server says is unread.
    pub(crate) fn unread(&self, user: &str, conversation: &str, unread: i64) {
        let key = (plain(conversation), user.to_owned());
        self.unread.borrow_mut().insert(key, unread.max(0) as u64);
    }

    fn start_node(&self) {
        let skies = Skies::new(self.chance.clone(), self.plan.faults, self.record.clone(), self.calm.clone());
        let node = Node::start(
            &self.plan,
            &self.database,
            Arc::new(skies),
            self.environment.clone(),
            self.chance.number(),
        );
        self.record.trace(format_args!("a node starts"));
        self.node.replace(Some(node));
    }

    fn crash_node(&self) {
        self.record.trace(format_args!("the node dies"));
        self.node.take().into_iter().for_each(Node::crash);
    }
}

/// Runs a seed from its beginning to its verdict.
pub(crate) fn run(seed: u64, is_loud: bool) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, simulate(seed, is_loud))
}

async fn simulate(seed: u64, is_loud: bool) -> Result<Report, String> {
    let chance = Chance::new(seed);
    let plan = Plan::of(&chance);
    let users: Vec<String> = NAMES[..plan.users].iter().map(|name| (*name).to_owned()).collect();
    let owners: Vec<String> =
        users.iter().flat_map(|user| std::iter::repeat_n(user.clone(), plan.devices_per_user)).collect();
    let record = Record::new(owners.clone(), is_loud);
    record.trace(format_args!("{plan:?}"));
    let environment: Arc<dyn Environment> = Arc::new(Clock::start(chance.clone()));
    let world = Rc::new(World {
        plan,
        chance,
        record,
        users,
        environment,
        database: SimulatedDatabase::in_memory().map_err(|error| error.to_string())?,
        calm: Arc::default(),
        node: RefCell::default(),
        phase: Cell::new(Phase::Busy),
        finished: Cell::default(),
        recoveries: Cell::default(),
        elsewhere: RefCell::default(),
        unread: RefCell::default(),
    });
    world.start_node();
    let mut clients = tokio::task::JoinSet::new();
    for (number, owner) in owners.iter().enumerate() {
        let exp = world.environment.now().0 as f64 / 1000.0 + 86_400.0;
        let token = sign(SECRET, &Claims { exp, ..Claims::new(owner) }).map_err(|error| error.to_string())?;
        clients.spawn_local(Client::new(number, owner.clone(), token, world.clone()).run());
    }
    tokio::task::spawn_local(elsewhere::run(world.clone()));
    be_busy(&world).await;
    wait(&world, "answered", |world| world.finished.get() == owners.len()).await;
    sleep(REST).await;
    world.phase.set(Phase::Settle);
    let ended = async { while clients.join_next().await.is_some() {} };
    if tokio::time::timeout(PATIENCE, ended).await.is_err() {
        world.record.found("a client does not come to its end".to_owned());
    }
    verdict(seed, &world)
}

/// Lets people do what they do while the node dies and comes back; then faults are over.
async fn be_busy(world: &World) {
    let plan = &world.plan;
    for _ in 0..plan.crashes {
        sleep(world.chance.millis(0..plan.busy_ms / plan.crashes)).await;
        world.crash_node();
        sleep(world.chance.millis(1..1_500)).await;
        world.start_node();
    }
    sleep(Duration::from_millis(plan.busy_ms)).await;
    world.record.trace(format_args!("faults are over"));
    world.calm.store(true, Ordering::Relaxed);
    world.phase.set(Phase::Finish);
}

async fn wait(world: &World, for_what: &str, is_so: impl Fn(&World) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so(world) {
        if Instant::now() >= until {
            return world.record.found(format!("not everybody is {for_what}"));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

fn verdict(seed: u64, world: &World) -> Result<Report, String> {
    world.crash_node();
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = dir.path().join("parlor.db");
    world.database.save(&path).map_err(|error| error.to_string())?;
    let mut dump = testkit::dump::dump_file(&path).map_err(|error| error.to_string())?;
    let unread = world.unread.borrow();
    for conversation in &mut dump.conversations {
        for member in &mut conversation.members {
            member.unread = unread.get(&(conversation.id.clone(), member.user.clone())).copied();
        }
    }
    let (trace, history, mut findings) = world.record.finish();
    findings.extend(checker::check(&history, &dump).iter().map(ToString::to_string));
    let messages = dump.conversations.iter().map(|conversation| conversation.messages.len()).sum();
    Ok(Report { seed, trace, findings, messages, recoveries: world.recoveries.get() })
}
