//! A lane: one task that decides and commits the commands of its conversations, in the order in which they came.

mod batch;
mod facts;
mod publication;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use chat::{Actor, Command, Committed, Plan};
use store::Outcome;
use tokio::sync::{mpsc, oneshot};

use crate::{
    ServiceError, Shared,
    answer::Done,
    lane::{
        batch::{Conflict, Step, Then},
        facts::FactCache,
        publication::Outbound,
    },
};

/// How many commands one batch takes: beyond this a batch takes longer without a commit costing less.
const BATCH: usize = 256;

/// How often a decision is made again because its facts had changed, before the answer is `unavailable`.
const ATTEMPTS: u32 = 4;

/// How often gaps in a conversation's changes are looked at, while there are any.
const GAP_CHECK: Duration = Duration::from_millis(10);

/// A command that waits for its turn.
pub(crate) struct Job {
    actor: Actor,
    command: Command,
    reply: oneshot::Sender<Result<Done, ServiceError>>,
    /// How often it was decided on facts that no longer held.
    missed: u32,
}

impl Job {
    pub(crate) fn new(
        actor: Actor,
        command: Command,
        reply: oneshot::Sender<Result<Done, ServiceError>>,
    ) -> Self {
        Self { actor, command, reply, missed: 0 }
    }

    /// Answers. A caller who is gone has cancelled the wait, not the command.
    fn answer(self, result: Result<Done, ServiceError>) {
        let _ = self.reply.send(result);
    }
}

pub(crate) struct Lane {
    index: usize,
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Job>,
    /// Commands that came, or were put back, and are in no batch yet.
    waiting: VecDeque<Job>,
    facts: FactCache,
    outbound: Outbound,
}

/// A decided command that will be committed.
struct Writing {
    job: Job,
    plan: Arc<Plan>,
    then: Then,
}

impl Lane {
    pub(crate) fn new(index: usize, shared: Arc<Shared>, queue: mpsc::Receiver<Job>) -> Self {
        let outbound = Outbound::new(shared.clone());
        Self { index, shared, queue, waiting: VecDeque::new(), facts: FactCache::new(), outbound }
    }

    /// Runs until every handle of the service is gone and nothing waits.
    pub(crate) async fn run(mut self) {
        while self.gather().await {
            let batch = self.decide().await;
            self.commit(batch).await;
        }
    }

    /// Waits for work; false when there will be none.
    async fn gather(&mut self) -> bool {
        while self.waiting.is_empty() {
            tokio::select! {
                job = self.queue.recv() => match job {
                    Some(job) => self.waiting.push_back(job),
                    None => return false,
                },
                () = tokio::time::sleep(GAP_CHECK), if self.outbound.has_gaps() => self.outbound.fill_gaps().await,
            }
        }
        while self.waiting.len() < BATCH {
            match self.queue.try_recv() {
                Ok(job) => self.waiting.push_back(job),
                Err(_) => break,
            }
        }
        true
    }

    /// Decides what waits; what needs no write is answered at once, what may not be in one batch with another is
    /// left for the next.
    async fn decide(&mut self) -> Vec<Writing> {
        let jobs: Vec<Job> = self.waiting.drain(..).collect();
        let mut facts = self.facts.load(&self.shared, &jobs, |read| self.outbound.begin(read)).await;
        let mut taken: HashSet<Conflict> = HashSet::new();
        let mut batch = Vec::with_capacity(jobs.len());

        for (position, job) in jobs.into_iter().enumerate() {
            let now = self.shared.environment.now();
            match facts.take(position).and_then(|facts| batch::decide(&job.actor, &job.command, facts, now)) {
                Err(error) => job.answer(Err(error)),
                Ok(Step::Answer(done)) => {
                    if let Done::Message(message) = &done
                        && let Some(conversation) = self.facts.conversation(message.conversation_id)
                    {
                        self.outbound.catch_up(&conversation, message);
                    }
                    job.answer(Ok(done));
                }
                Ok(Step::Write(plan, then)) => {
                    let conflicts = batch::conflicts(&plan);
                    if conflicts.iter().any(|conflict| taken.contains(conflict)) {
                        self.waiting.push_back(job);
                        continue;
                    }
                    taken.extend(conflicts);
                    batch.push(Writing { job, plan: Arc::new(plan), then });
                }
            }
        }
        batch
    }

    async fn commit(&mut self, batch: Vec<Writing>) {
        if batch.is_empty() {
            return;
        }
        let plans: Vec<Arc<Plan>> = batch.iter().map(|writing| writing.plan.clone()).collect();
        let outcomes = match self.shared.store.commit(self.index, &plans).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch was not committed");
                for writing in batch {
                    self.facts.forget(&writing.job.command);
                    writing.job.answer(Err(ServiceError::Unavailable));
                }
                return;
            }
        };
        let mut missed = Vec::new();
        for (Writing { job, plan, then }, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Committed(allocation) => {
                    let committed = Committed { plan, allocation };
                    self.facts.learn(&then);
                    let done = batch::done(&committed, then);
                    self.outbound.publish(committed).await;
                    job.answer(done);
                }
                Outcome::GuardMissed => missed.push(job),
                Outcome::Failed(error) => {
                    self.facts.forget(&job.command);
                    job.answer(Err(error.into()));
                }
            }
        }
        self.put_back(missed);
    }

    /// Decides these again, before what came after them.
    fn put_back(&mut self, missed: Vec<Job>) {
        for mut job in missed.into_iter().rev() {
            self.facts.forget(&job.command);
            job.missed += 1;
            if job.missed < ATTEMPTS {
                self.waiting.push_front(job);
            } else {
                tracing::warn!(attempts = ATTEMPTS, "a command's facts kept changing");
                job.answer(Err(ServiceError::Unavailable));
            }
        }
    }
}
