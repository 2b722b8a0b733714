//! A lane: one connection, one batch at a time, connected again when it broke.

use std::{sync::Arc, time::Duration};

use chat::Plan;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, error::Elapsed, timeout},
};
use tokio_postgres::{Config, error::SqlState};

use super::{batch, connection::Session, statements::RESERVE_KEYS};
use crate::{
    Outcome, StoreError,
    commit::{Job, KeyKind},
};

/// Between attempts to connect: doubles from the first to the last.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

pub(crate) struct Lane {
    jobs: UnboundedSender<Job>,
}

impl Lane {
    /// The work runs in a task of its own, so that it goes on when whoever waits for it gives up.
    pub(super) fn start(number: usize, config: Config, session: Option<Session>, limit: Duration) -> Self {
        let (jobs, queue) = unbounded_channel();
        let worker =
            Worker { number, config, session, timeout: limit, back_off: BACK_OFF.0, not_before: None };
        tokio::spawn(worker.run(queue));
        Self { jobs }
    }

    pub(super) fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).map_err(|_| StoreError::closed())
    }
}

struct Worker {
    number: usize,
    config: Config,
    session: Option<Session>,
    timeout: Duration,
    back_off: Duration,
    not_before: Option<Instant>,
}

impl Worker {
    async fn run(mut self, mut queue: UnboundedReceiver<Job>) {
        while let Some(job) = queue.recv().await {
            if let Err(error) = self.connected().await {
                job.fail(error);
                continue;
            }
            let Some(session) = &self.session else { continue };
            match job {
                Job::Commit(plans, answer) => {
                    let result = timeout(self.timeout, commit(session, &plans)).await;
                    let _ = answer.send(self.in_time(result.map(unless_all_failed)));
                }
                Job::Statements(_, answer) => {
                    let error = StoreError::Internal("jobs in the background are not a lane's work".into());
                    let _ = answer.send(Err(error));
                }
                Job::ReserveKeys(kind, count, answer) => {
                    let result = timeout(self.timeout, reserve_keys(session, kind, count)).await;
                    let _ = answer.send(self.in_time(result));
                }
            }
        }
    }

    async fn connected(&mut self) -> Result<(), StoreError> {
        if self.session.as_ref().is_some_and(Session::is_open) {
            return Ok(());
        }
        self.session = None;
        if self.not_before.is_some_and(|instant| Instant::now() < instant) {
            return Err(StoreError::Unavailable("the connection broke and is tried again shortly".into()));
        }
        match Session::connect(&self.config, self.timeout).await {
            Ok(session) => {
                self.session = Some(session);
                (self.back_off, self.not_before) = (BACK_OFF.0, None);
                Ok(())
            }
            Err(error) => {
                tracing::warn!(lane = self.number, %error, "no connection to PostgreSQL");
                self.not_before = Some(Instant::now() + self.back_off);
                self.back_off = (self.back_off * 2).min(BACK_OFF.1);
                Err(error)
            }
        }
    }

    /// A server that stands still must not hold its lane for ever.
    fn in_time<T>(&mut self, result: Result<Result<T, StoreError>, Elapsed>) -> Result<T, StoreError> {
        result.unwrap_or_else(|_| {
            self.session = None;
            let waited = self.timeout.as_millis();
            Err(StoreError::Unavailable(format!("PostgreSQL did not answer within {waited} ms")))
        })
    }
}

/// A batch of which nothing was written fails as one.
fn unless_all_failed(outcomes: Vec<Outcome>) -> Result<Vec<Outcome>, StoreError> {
    if outcomes.iter().all(|outcome| matches!(outcome, Outcome::Failed(_)))
        && let Some(Outcome::Failed(error)) = outcomes.first()
    {
        return Err(error.clone());
    }
    Ok(outcomes)
}

/// Each group is a transaction of its own, so one that fails takes nothing from those before it.
async fn commit(session: &Session, plans: &[Arc<Plan>]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(plans.len());
    for group in batch::groups(plans) {
        match batch::commit(session, group).await {
            Ok(done) => outcomes.extend(done),
            // Some new row met another, waited for one crosswise, or holds what the database does not take; whose it
            // is shows when each is applied alone, and the others must not suffer for it.
            Err(error) if group.len() > 1 && is_of_a_plan(&error) => {
                for plan in group {
                    outcomes.push(commit_alone(session, plan).await);
                }
            }
            Err(error) if is_taken(&error) => outcomes.push(Outcome::GuardMissed),
            Err(error) => {
                let error = StoreError::from(error);
                outcomes.extend(group.iter().map(|_| Outcome::Failed(error.clone())));
            }
        }
    }
    outcomes
}

async fn commit_alone(session: &Session, plan: &Arc<Plan>) -> Outcome {
    match batch::commit(session, std::slice::from_ref(plan)).await {
        Ok(mut outcomes) => outcomes.pop().unwrap_or_else(|| {
            Outcome::Failed(StoreError::Internal("a batch of one plan has no outcome".into()))
        }),
        Err(error) if is_taken(&error) => Outcome::GuardMissed,
        Err(error) => Outcome::Failed(error.into()),
    }
}

/// Whether the statement is at fault rather than the connection or the server: PostgreSQL's classes 22 (data),
/// 23 (constraints), 40 (to be repeated) and 54 (limits).
fn is_of_a_plan(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| ["22", "23", "40", "54"].contains(&&state.code()[..2]))
}

fn is_taken(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

async fn reserve_keys(session: &Session, kind: KeyKind, count: i64) -> Result<i64, StoreError> {
    let row = session.client().query_one(RESERVE_KEYS, &[&kind.name(), &count]).await?;
    Ok(row.try_get(0)?)
}
