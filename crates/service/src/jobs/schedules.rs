//! Named periodic jobs. Each is run by one node at a time, whichever finds it due first.

use std::{future::Future, pin::Pin, sync::Arc};

use chat::{Environment, Timestamp};
use store::{Lease, Store, StoreError};

use super::{LEASE_MS, new_lease};

/// A run of a schedule: what holds it.
#[derive(Clone)]
pub struct Run {
    store: Store,
    environment: Arc<dyn Environment>,
    name: &'static str,
    lease: Lease,
}

impl Run {
    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.environment.now()
    }

    /// Makes the lease run from now again; to be called between chunks of work. False: it ran out and another node
    /// has the schedule, so this run must end.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn goes_on(&self) -> Result<bool, StoreError> {
        let until = Timestamp(self.environment.now().0 + LEASE_MS);
        self.store.extend_schedule(self.name, self.lease.id, until).await
    }
}

type Work = dyn Fn(Run) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>> + Send + Sync;

struct Schedule {
    name: &'static str,
    period_ms: i64,
    work: Arc<Work>,
}

/// All schedules, and the runs of this node.
pub struct Scheduler {
    store: Store,
    environment: Arc<dyn Environment>,
    owner: String,
    schedules: Vec<Schedule>,
}

impl Scheduler {
    /// Without schedules. `owner` is shown to people who look at the table.
    #[must_use]
    pub fn new(store: Store, environment: Arc<dyn Environment>, owner: String) -> Self {
        Self { store, environment, owner, schedules: Vec::new() }
    }

    /// With a job that is due when the last run of it, on whatever node, ended `period_ms` ago. A run that failed is
    /// made again when its lease runs out.
    #[must_use]
    pub fn with<F>(
        mut self,
        name: &'static str,
        period_ms: i64,
        work: impl Fn(Run) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        self.schedules.push(Schedule { name, period_ms, work: Arc::new(move |run| Box::pin(work(run))) });
        self
    }

    /// Runs what is due, one after the other, and tells the names of what ended well here.
    ///
    /// # Errors
    /// `Unavailable`, when the schedules cannot be looked at.
    pub async fn tick(&self) -> Result<Vec<&'static str>, StoreError> {
        let waiting = self.store.schedules_not_due(self.environment.now()).await?;
        let mut ran = Vec::new();
        for schedule in &self.schedules {
            if waiting.iter().any(|name| name == schedule.name) {
                continue;
            }
            match self.run(schedule).await {
                Ok(true) => ran.push(schedule.name),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(schedule = schedule.name, %error, "a periodic job did not end well");
                }
            }
        }
        Ok(ran)
    }

    async fn run(&self, schedule: &Schedule) -> Result<bool, StoreError> {
        let now = self.environment.now();
        let lease = new_lease(&*self.environment, &self.owner, now);
        if !self.store.claim_schedule(schedule.name, &lease, now).await? {
            return Ok(false);
        }
        let id = lease.id;
        let (store, environment) = (self.store.clone(), self.environment.clone());
        (schedule.work)(Run { store, environment, name: schedule.name, lease }).await?;
        let now = self.environment.now();
        self.store.finish_schedule(schedule.name, id, Timestamp(now.0 + schedule.period_ms), now).await
    }
}
