//! A lane: one task that decides and commits the commands of its conversations, in the order in which they came.

mod batch;
mod facts;
mod own;
mod publication;
mod sends;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use chat::{Actor, Command, Committed, ConversationId, Plan, UserKey, conversations::ConversationFacts};
use store::Outcome;
use tokio::sync::{mpsc, oneshot};

use crate::{
    ServiceError, Shared,
    answer::Done,
    lane::{
        batch::{Conflict, Step, Then},
        facts::{FactCache, changes_members},
        publication::Outbound,
    },
};

/// How many commands one batch takes: beyond this a batch takes longer without a commit costing less.
const BATCH: usize = 256;

/// How often a decision is made again because its facts had changed, before the answer is `unavailable`.
const ATTEMPTS: u32 = 4;

/// How often gaps in a conversation's changes are looked at, while there are any.
const GAP_CHECK: Duration = Duration::from_millis(10);

/// How often it is looked whether heads are to be told.
const DIGEST_CHECK: Duration = Duration::from_millis(250);

/// A command that waits for its turn.
pub(crate) struct Job {
    actor: Actor,
    command: Command,
    reply: oneshot::Sender<Result<Done, ServiceError>>,
    /// Others who asked for what this one does as well, and are answered with it.
    followers: Vec<oneshot::Sender<Result<Done, ServiceError>>>,
    /// How often it was decided on facts that no longer held.
    missed: u32,
}

impl Job {
    pub(crate) fn new(
        actor: Actor,
        command: Command,
        reply: oneshot::Sender<Result<Done, ServiceError>>,
    ) -> Self {
        Self { actor, command, reply, followers: Vec::new(), missed: 0 }
    }

    /// Answers. A caller who is gone has cancelled the wait, not the command.
    fn answer(self, result: Result<Done, ServiceError>) {
        for follower in self.followers {
            let _ = follower.send(result.clone());
        }
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
            // A lane that is never idle must not forget what it owes.
            if self.outbound.is_behind() {
                self.outbound.catch_up().await;
            }
            self.outbound.tell_heads();
        }
    }

    /// Waits for work; false when there will be none.
    async fn gather(&mut self) -> bool {
        while self.waiting.is_empty() {
            tokio::select! {
                // In this order, so that a simulation can repeat it; who waits is caught up with after the batch.
                biased;
                job = self.queue.recv() => match job {
                    Some(job) => self.waiting.push_back(job),
                    None => return false,
                },
                () = tokio::time::sleep(GAP_CHECK), if self.outbound.is_behind() => self.outbound.catch_up().await,
                () = tokio::time::sleep(DIGEST_CHECK), if self.outbound.owes_heads() => self.outbound.tell_heads(),
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
        let jobs = fold_marks(self.waiting.drain(..));
        let mut fresh = HashSet::new();
        let on_read = |read: &ConversationFacts| {
            fresh.insert(read.id);
            self.outbound.begin(read);
        };
        let limits = &self.shared.limits;
        let mut facts = self.facts.load(&self.shared, &jobs, on_read).await;
        let mut stale = Vec::new();
        let mut taken: HashSet<Conflict> = HashSet::new();
        // Whose earlier commands are in this batch: what they write is not in the facts of his later ones.
        let mut writers: HashSet<UserKey> = HashSet::new();
        let mut batch = Vec::with_capacity(jobs.len());

        for (position, job) in jobs.into_iter().enumerate() {
            let now = self.shared.environment.now();
            match facts
                .take(position)
                .and_then(|facts| batch::decide(&job.actor, &job.command, facts, limits, now))
            {
                // No guard looks after what is not written: what is remembered may not refuse alone.
                Err(ServiceError::Refused(_)) if self.facts.remembered(&job.command, &fresh) => {
                    stale.push(job);
                }
                // Its message may have been sent just before it.
                Err(ServiceError::Refused(_))
                    if job.missed == 0 && !batch.is_empty() && FactCache::is_about_message(&job.command) =>
                {
                    stale.push(job);
                }
                Ok(Step::Answer(_)) | Err(ServiceError::Refused(_)) if writers.contains(&job.actor.key) => {
                    self.waiting.push_back(job);
                }
                Err(error) => job.answer(Err(error)),
                Ok(Step::Answer(done)) => {
                    if let Done::Message(message) = &done
                        && let Some(conversation) = self.facts.conversation(message.conversation_id)
                    {
                        self.outbound.retried(&conversation, message);
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
                    writers.insert(job.actor.key);
                    batch.push(Writing { job, plan: Arc::new(plan), then });
                }
            }
        }
        self.put_back(stale);
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
                    self.outbound.suspect(&writing.plan);
                    self.facts.forget(&writing.job.command);
                    writing.job.answer(Err(ServiceError::Unavailable));
                }
                return;
            }
        };
        let (mut missed, mut done) = (Vec::new(), Vec::with_capacity(batch.len()));
        for (Writing { job, plan, then }, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Committed(allocation) => {
                    if changes_members(&job.command) {
                        // What follows is decided on what is so now.
                        self.facts.forget(&job.command);
                    }
                    let committed = Committed { plan, allocation };
                    done.push((job, batch::done(&committed, then)));
                    self.outbound.publish(committed).await;
                }
                Outcome::GuardMissed => missed.push(job),
                Outcome::Failed(error) => {
                    self.outbound.suspect(&plan);
                    self.facts.forget(&job.command);
                    job.answer(Err(error.into()));
                }
            }
        }
        // All that was committed together goes out together: a socket that gets several events is written to once.
        self.outbound.flush();
        for (job, done) in done {
            job.answer(done);
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

/// Of several read marks of one user in one conversation the greatest is set, and answers them all: marks only grow.
fn fold_marks(waiting: impl Iterator<Item = Job>) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::with_capacity(waiting.size_hint().0);
    let mut marks: HashMap<(UserKey, ConversationId), usize> = HashMap::new();
    for mut job in waiting {
        let Command::MarkRead(mark) = &job.command else {
            jobs.push(job);
            continue;
        };
        let Some(&position) = marks.get(&(job.actor.key, mark.conversation)) else {
            marks.insert((job.actor.key, mark.conversation), jobs.len());
            jobs.push(job);
            continue;
        };
        let first = &mut jobs[position];
        if let Command::MarkRead(greatest) = &mut first.command {
            greatest.seq = greatest.seq.max(mark.seq);
        }
        first.followers.append(&mut job.followers);
        first.followers.push(job.reply);
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;
    use chat::{UserId, receipts::MarkRead};

    fn mark(user: i64, conversation: u128, seq: i64) -> Job {
        let actor = Actor { key: UserKey(user), id: UserId::from_stored("x") };
        let conversation = ConversationId(chat::uuid::Uuid::from_u128(conversation));
        Job::new(actor, Command::MarkRead(MarkRead { conversation, seq }), oneshot::channel().0)
    }

    #[test]
    fn marks_of_one_user_in_one_conversation_become_the_greatest() {
        let waiting = [mark(1, 1, 3), mark(1, 1, 9), mark(2, 1, 4), mark(1, 2, 1), mark(1, 1, 5)];
        let folded: Vec<(i64, i64, usize)> = fold_marks(waiting.into_iter())
            .iter()
            .map(|job| match &job.command {
                Command::MarkRead(mark) => (job.actor.key.0, mark.seq, job.followers.len()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(folded, [(1, 9, 2), (2, 4, 0), (1, 1, 0)]);
    }
}
