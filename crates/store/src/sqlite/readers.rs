//! Threads that read, each with its own connection, behind one queue.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use tokio::sync::oneshot;

use super::connection::{Purpose, open};
use crate::{
    StoreError,
    read::{Read, Reading, ready},
};

type Job = Box<dyn FnOnce(&mut Read) + Send>;

pub(crate) struct Readers {
    /// Empty once they are closed.
    running: Mutex<Option<Running>>,
}

struct Running {
    jobs: Sender<Job>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(crate) fn start(path: &Path, count: usize) -> Result<Self, StoreError> {
        let (jobs, queue) = channel::<Job>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::new();
        for number in 0..count.max(1) {
            let mut read = Read::Sqlite(open(path, Purpose::Read)?);
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new()
                .name(format!("sqlite-read-{number}"))
                .spawn(move || {
                    while let Some(job) = next(&queue) {
                        job(&mut read);
                    }
                })
                .map_err(|error| StoreError::Unavailable(format!("no thread for a reader: {error}")))?;
            threads.push(thread);
        }
        Ok(Self { running: Mutex::new(Some(Running { jobs, threads })) })
    }

    /// Runs a query on whichever reader is free. `snapshot`: all its statements see one state.
    pub(crate) async fn run<T, F>(&self, snapshot: bool, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |read| {
            // Whoever asked may have gone: then the work is saved.
            if !answer.is_closed() {
                let _ = answer.send(if snapshot { in_snapshot(read, query) } else { ready(query(read)) });
            }
        });
        self.send(job)?;
        answered.await.map_err(|_| StoreError::closed())?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        match &*self.running() {
            Some(running) => running.jobs.send(job).map_err(|_| StoreError::closed()),
            None => Err(StoreError::closed()),
        }
    }

    /// Waits until every thread has ended. From then on nothing is read.
    pub(crate) fn close(&self) {
        let running = self.running().take();
        if let Some(Running { jobs, threads }) = running {
            drop(jobs);
            for thread in threads {
                let _ = thread.join();
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(queue: &Mutex<Receiver<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Runs a query whose statements all see one state.
pub(super) fn in_snapshot<T, F>(read: &mut Read, query: F) -> Result<T, StoreError>
where
    F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T>,
{
    step(read, "BEGIN")?;
    let result = ready(query(read));
    // Nothing was written, so only the end matters; an error may have ended it already.
    let ended = step(read, "COMMIT");
    let value = result?;
    ended?;
    Ok(value)
}

fn step(read: &Read, sql: &str) -> Result<(), StoreError> {
    match read {
        Read::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute([]).map(drop)?),
        Read::Postgres(_) => Ok(()),
    }
}
