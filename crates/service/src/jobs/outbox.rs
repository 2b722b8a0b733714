//! The worker of the outbox: takes what is due, has it done, settles it.
//!
//! An effect is done at least once. It is repeated only when a node dies, or stands still for longer than its lease,
//! between doing it and settling it; its `dedupe_key` is the same each time, for those outside who can tell.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use chat::{Environment, Timestamp};
use futures_util::future::join_all;
use store::{Lease, LeasedEffect, Settlement, Store, StoreError};

use super::new_lease;

/// Effects that one turn takes, and does side by side.
pub const EFFECTS_PER_TURN: usize = 64;

/// How long one effect may take: well within the lease, so that nobody else takes it meanwhile.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(20);

/// Between two attempts: doubles from the first to the last.
const BACK_OFF_MS: (i64, i64) = (1_000, 3_600_000);

/// Why an effect did not happen. The text is stored and logged, so it holds nothing that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// It may work later.
    Again(String),
    /// It never will.
    Never(String),
}

/// What a handler gives back.
pub type Handling = Pin<Box<dyn Future<Output = Result<(), NotDone>> + Send>>;

type Handler = dyn Fn(LeasedEffect) -> Handling + Send + Sync;

/// What does effects, by their kind.
#[derive(Clone, Default)]
pub struct Handlers(HashMap<&'static str, Arc<Handler>>);

impl Handlers {
    /// With a handler for a kind. One that was there for it is replaced.
    #[must_use]
    pub fn with<F>(
        mut self,
        kind: &'static str,
        handler: impl Fn(LeasedEffect) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), NotDone>> + Send + 'static,
    {
        self.0.insert(kind, Arc::new(move |effect| Box::pin(handler(effect))));
        self
    }

    /// The kinds that are known here. A node takes no others, so during a deployment new ones wait for new nodes.
    fn kinds(&self) -> Vec<&str> {
        self.0.keys().copied().collect()
    }
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Effects that were taken.
    pub taken: usize,
    /// Those that happened and are settled.
    pub done: usize,
    /// Those that are tried again later.
    pub again: usize,
    /// Those that are not tried again.
    pub given_up: usize,
    /// Those whose lease ran out before they were begun or settled: they are somebody else's now.
    pub lost: usize,
}

/// Effects that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    lease: Lease,
    effects: Vec<LeasedEffect>,
}

/// Does effects.
pub struct OutboxWorker {
    store: Store,
    environment: Arc<dyn Environment>,
    handlers: Handlers,
    attempts: i64,
    owner: String,
}

impl OutboxWorker {
    /// A worker that tries each effect up to `attempts` times (`limits.outbox_attempts`). `owner` is shown to people
    /// who look at the table.
    #[must_use]
    pub fn new(
        store: Store,
        environment: Arc<dyn Environment>,
        handlers: Handlers,
        attempts: usize,
        owner: String,
    ) -> Self {
        Self { store, environment, handlers, attempts: attempts as i64, owner }
    }

    /// Whether there is anything that this worker can do at all.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.handlers.0.is_empty()
    }

    /// Takes, does and settles what is due, up to [`EFFECTS_PER_TURN`].
    ///
    /// # Errors
    /// `Unavailable`; what was taken is due again when the lease runs out.
    pub async fn turn(&self) -> Result<Turn, StoreError> {
        let taken = self.take().await?;
        self.perform(taken).await
    }

    /// Takes what is due.
    ///
    /// # Errors
    /// As [`turn`](Self::turn).
    pub async fn take(&self) -> Result<Taken, StoreError> {
        let now = self.environment.now();
        let lease = new_lease(&*self.environment, &self.owner, now);
        let effects = self.store.take_effects(&self.handlers.kinds(), &lease, now, EFFECTS_PER_TURN).await?;
        Ok(Taken { lease, effects })
    }

    /// Does and settles what was taken. What the lease no longer covers is neither begun nor settled.
    ///
    /// # Errors
    /// As [`turn`](Self::turn).
    pub async fn perform(&self, taken: Taken) -> Result<Turn, StoreError> {
        let Taken { lease, effects } = taken;
        let mut turn = Turn { taken: effects.len(), ..Turn::default() };
        let handled = join_all(effects.into_iter().map(|effect| self.handle(&lease, effect))).await;
        let settled: Vec<(i64, Settlement)> = handled.into_iter().flatten().collect();
        let kept = self.store.settle_effects(lease.id, &settled).await?;
        for (key, settlement) in &settled {
            match settlement {
                _ if kept.binary_search(key).is_err() => {}
                Settlement::Done => turn.done += 1,
                Settlement::Again { .. } => turn.again += 1,
                Settlement::GivenUp { .. } => turn.given_up += 1,
            }
        }
        turn.lost = turn.taken - kept.len();
        if turn.lost > 0 {
            tracing::warn!(lost = turn.lost, "effects took longer than their lease; another node does them");
        }
        Ok(turn)
    }

    /// `None`: the lease ran out before it was begun.
    async fn handle(&self, lease: &Lease, effect: LeasedEffect) -> Option<(i64, Settlement)> {
        if self.environment.now() >= lease.until {
            return None;
        }
        let (key, attempts, kind) = (effect.key, effect.attempts, effect.kind.clone());
        let result = match self.handlers.0.get(kind.as_str()) {
            // Taken again and again and never settled: what it does may be what ends the process.
            Some(_) if attempts > self.attempts => Err(NotDone::Never("it was never settled".into())),
            Some(handler) => {
                tokio::time::timeout(HANDLER_TIMEOUT, handler(effect)).await.unwrap_or_else(|_| {
                    Err(NotDone::Again(format!("it took longer than {} s", HANDLER_TIMEOUT.as_secs())))
                })
            }
            None => Err(NotDone::Again("no handler of its kind".into())),
        };
        let settlement = match result {
            Ok(()) => Settlement::Done,
            Err(NotDone::Again(error)) if attempts < self.attempts => {
                Settlement::Again { due_at: self.next_attempt(attempts), error }
            }
            Err(NotDone::Again(error) | NotDone::Never(error)) => {
                tracing::error!(%kind, key, attempts, %error, "an effect was given up");
                Settlement::GivenUp { at: self.environment.now(), error }
            }
        };
        Some((key, settlement))
    }

    /// When to try again: twice as long each time, and between half of that and all of it, so that what failed
    /// together does not come back together.
    fn next_attempt(&self, attempts: i64) -> Timestamp {
        let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(30);
        let longest = (BACK_OFF_MS.0 << doublings).min(BACK_OFF_MS.1);
        let mut random = [0; 8];
        self.environment.random(&mut random);
        let half = longest / 2;
        let jitter = i64::try_from(u64::from_le_bytes(random) >> 1).unwrap_or(0) % (half + 1);
        Timestamp(self.environment.now().0 + half + jitter)
    }
}
