//! The one writer: takes what waits, applies it in one transaction with a savepoint for each plan, commits, answers.

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use chat::{Plan, messages::NewMessage};
use rusqlite::Connection;

use super::{
    apply::{Sent, apply, is_taken, reserve_keys, send},
    checkpoint::Checkpointer,
    connection::{Purpose, open},
    pregrow::pregrow,
};
use crate::{
    Outcome, StoreError,
    commit::{Job, Statement},
    layout::as_send,
    read::rows,
    value::Row,
};

/// Plans in one transaction: enough to share its fsync, few enough that nobody waits long for others.
const PLANS_PER_TRANSACTION: usize = 512;

/// Which plans get a savepoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoints {
    /// Those that may miss when some of their rows stand.
    WhereNeeded,
    /// All: one of them met a fault, and the others must not suffer for it.
    Everywhere,
}

/// What a job came to, if its transaction commits.
enum Done {
    Outcomes(Vec<Outcome>),
    FirstKey(i64),
    Rows(Vec<Vec<Row>>),
}

pub(crate) struct Writer {
    /// Empty once it is closed.
    running: Mutex<Option<Running>>,
}

struct Running {
    jobs: Sender<Job>,
    thread: JoinHandle<()>,
}

impl Writer {
    pub(crate) fn start(path: &Path) -> Result<Self, StoreError> {
        let connection = open(path, Purpose::Write)?;
        let checkpointer = Checkpointer::start(path)?;
        let (jobs, queue) = channel();
        let path = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("sqlite-write".into())
            .spawn(move || {
                // Here, so that the server is up meanwhile; what is written at once waits a moment longer.
                if let Err(error) = pregrow(&connection, &path) {
                    tracing::warn!(%error, "the log was not given its size");
                }
                run(&connection, &queue, checkpointer);
            })
            .map_err(|error| StoreError::Unavailable(format!("no thread for the writer: {error}")))?;
        Ok(Self { running: Mutex::new(Some(Running { jobs, thread })) })
    }

    pub(crate) fn send(&self, job: Job) -> Result<(), StoreError> {
        match &*self.running() {
            Some(running) => running.jobs.send(job).map_err(|_| StoreError::closed()),
            None => Err(StoreError::closed()),
        }
    }

    /// Waits until what was handed over is written and the thread has ended. From then on nothing is taken.
    pub(crate) fn close(&self) {
        let running = self.running().take();
        if let Some(Running { jobs, thread }) = running {
            drop(jobs);
            let _ = thread.join();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(connection: &Connection, queue: &Receiver<Job>, mut checkpointer: Checkpointer) {
    while let Ok(first) = queue.recv() {
        let mut plans = first.plans();
        let mut group = vec![first];
        while plans < PLANS_PER_TRANSACTION
            && let Ok(job) = queue.try_recv()
        {
            plans += job.plans();
            group.push(job);
        }
        commit_group(connection, group, Savepoints::WhereNeeded);
        checkpointer.committed(plans, connection);
    }
    checkpointer.close();
}

/// One job in a transaction of its own.
pub(super) fn commit_alone(connection: &Connection, job: Job) {
    commit_group(connection, vec![job], Savepoints::WhereNeeded);
}

fn commit_group(connection: &Connection, group: Vec<Job>, savepoints: Savepoints) {
    match transaction(connection, &group, savepoints) {
        Ok(done) => {
            for (job, done) in group.into_iter().zip(done) {
                match (job, done) {
                    (Job::Commit(_, answer), Done::Outcomes(outcomes)) => drop(answer.send(Ok(outcomes))),
                    (Job::ReserveKeys(_, _, answer), Done::FirstKey(key)) => drop(answer.send(Ok(key))),
                    (Job::Statements(_, answer), Done::Rows(rows)) => drop(answer.send(Ok(rows))),
                    (job, _) => job.fail(StoreError::Internal("a job was answered as another kind".into())),
                }
            }
        }
        // The disk's troubles are everybody's; a fault in one plan or job is not that of the others.
        Err(error)
            if savepoints == Savepoints::WhereNeeded && !matches!(error, StoreError::Unavailable(_)) =>
        {
            commit_group(connection, group, Savepoints::Everywhere);
        }
        Err(error) if group.len() > 1 && !matches!(error, StoreError::Unavailable(_)) => {
            for job in group {
                commit_group(connection, vec![job], Savepoints::Everywhere);
            }
        }
        Err(error) => {
            tracing::error!(%error, jobs = group.len(), "a transaction was rolled back");
            for job in group {
                job.fail(error.clone());
            }
        }
    }
}

fn transaction(
    connection: &Connection,
    group: &[Job],
    savepoints: Savepoints,
) -> Result<Vec<Done>, StoreError> {
    step(connection, "BEGIN IMMEDIATE")?;
    let done = work(connection, group, savepoints).and_then(|done| step(connection, "COMMIT").map(|()| done));
    // A failed COMMIT leaves the transaction open; a full disk may have ended it.
    if done.is_err() && !connection.is_autocommit() {
        step(connection, "ROLLBACK")?;
    }
    done
}

fn work(connection: &Connection, group: &[Job], savepoints: Savepoints) -> Result<Vec<Done>, StoreError> {
    let mut done = Vec::with_capacity(group.len());
    for job in group {
        done.push(match job {
            Job::Commit(plans, _) => {
                let mut outcomes = Vec::with_capacity(plans.len());
                for plan in plans {
                    outcomes.push(match as_send(plan).filter(|_| savepoints == Savepoints::WhereNeeded) {
                        Some((members_rev, message)) => sent(connection, members_rev, message)?,
                        None => in_savepoint(connection, plan)?,
                    });
                }
                Done::Outcomes(outcomes)
            }
            Job::Statements(statements, _) => Done::Rows(run_statements(connection, statements)?),
            Job::ReserveKeys(kind, count, _) => Done::FirstKey(reserve_keys(connection, *kind, *count)?),
        });
    }
    Ok(done)
}

fn sent(connection: &Connection, members_rev: i64, message: &NewMessage) -> Result<Outcome, StoreError> {
    let outcome = match send(connection, members_rev, message)? {
        Sent::Written(allocation) => Outcome::Committed(allocation),
        Sent::Missed => Outcome::GuardMissed,
    };
    if connection.is_autocommit() {
        return Err(rolled_back());
    }
    Ok(outcome)
}

/// An engine that rolled back everything took the plans before with it: none of them is answered yet.
fn rolled_back() -> StoreError {
    StoreError::Unavailable("SQLite rolled the transaction back".into())
}

fn run_statements(connection: &Connection, statements: &[Statement]) -> Result<Vec<Vec<Row>>, StoreError> {
    statements.iter().map(|one| rows(connection, one.sql, &one.parameters)).collect()
}

fn in_savepoint(connection: &Connection, plan: &Plan) -> Result<Outcome, StoreError> {
    step(connection, "SAVEPOINT plan")?;
    let missed = match apply(connection, plan) {
        Ok(Some(allocation)) => {
            step(connection, "RELEASE plan")?;
            return Ok(Outcome::Committed(allocation));
        }
        Ok(None) => Outcome::GuardMissed,
        Err(error) if is_taken(&error) => Outcome::GuardMissed,
        // The disk's troubles are everybody's; a fault of one plan is not that of the others.
        Err(error) => match StoreError::from(error) {
            StoreError::Unavailable(why) => return Err(StoreError::Unavailable(why)),
            own => Outcome::Failed(own),
        },
    };
    if connection.is_autocommit() {
        return Err(match missed {
            Outcome::Failed(own) => own,
            _ => rolled_back(),
        });
    }
    step(connection, "ROLLBACK TO plan")?;
    step(connection, "RELEASE plan")?;
    Ok(missed)
}

fn step(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    Ok(connection.prepare_cached(sql)?.execute([]).map(drop)?)
}
