//! Threads that read, each with its own connection. Whoever was busy last is asked first: the pages that its connection
//! keeps are the ones that are asked for, while all in turn would each read them anew.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
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
    work: Arc<Work>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What is to be done, and who does it.
struct Work {
    rota: Mutex<Rota<Job>>,
    /// One for each thread.
    called: Vec<Condvar>,
}

/// Jobs and the threads that wait for them.
struct Rota<J> {
    /// Given to a thread that was called.
    given: Vec<Option<J>>,
    /// For whoever is done first; only while nobody is idle.
    waiting: VecDeque<J>,
    /// The last one was busy last.
    idle: Vec<usize>,
    closed: bool,
}

impl<J> Rota<J> {
    fn new(threads: usize) -> Self {
        let given = (0..threads).map(|_| None).collect();
        Self { given, waiting: VecDeque::new(), idle: Vec::new(), closed: false }
    }

    /// Who is to be called for it, if anybody is idle.
    fn add(&mut self, job: J) -> Option<usize> {
        let Some(thread) = self.idle.pop() else {
            self.waiting.push_back(job);
            return None;
        };
        self.given[thread] = Some(job);
        Some(thread)
    }

    /// What a thread is to do now; without anything it is idle.
    fn take(&mut self, thread: usize) -> Option<J> {
        let job = self.given[thread].take().or_else(|| self.waiting.pop_front());
        if job.is_none() && !self.idle.contains(&thread) {
            self.idle.push(thread);
        }
        job
    }
}

impl Work {
    fn rota(&self) -> MutexGuard<'_, Rota<Job>> {
        self.rota.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.rota().closed = true;
        for called in &self.called {
            called.notify_one();
        }
    }

    /// Waits for something to do. Nothing: all is done, and nothing more will come.
    fn next(&self, thread: usize) -> Option<Job> {
        let mut rota = self.rota();
        loop {
            let job = rota.take(thread);
            if job.is_some() || rota.closed {
                return job;
            }
            rota = self.called[thread].wait(rota).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Readers {
    pub(crate) fn start(path: &Path, count: usize) -> Result<Self, StoreError> {
        let count = count.max(1);
        let called = (0..count).map(|_| Condvar::new()).collect();
        let work = Arc::new(Work { rota: Mutex::new(Rota::new(count)), called });
        let readers = Self { work, threads: Mutex::new(Vec::new()) };
        for number in 0..count {
            let mut read = Read::Sqlite(open(path, Purpose::Read)?);
            let work = Arc::clone(&readers.work);
            let thread = std::thread::Builder::new()
                .name(format!("sqlite-read-{number}"))
                .spawn(move || {
                    while let Some(job) = work.next(number) {
                        job(&mut read);
                    }
                })
                .map_err(|error| StoreError::Unavailable(format!("no thread for a reader: {error}")))?;
            readers.threads().push(thread);
        }
        Ok(readers)
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
        let mut rota = self.work.rota();
        if rota.closed {
            return Err(StoreError::closed());
        }
        if let Some(thread) = rota.add(job) {
            self.work.called[thread].notify_one();
        }
        Ok(())
    }

    /// Waits until every thread has ended. From then on nothing is read.
    pub(crate) fn close(&self) {
        self.work.close();
        let threads = std::mem::take(&mut *self.threads());
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // Threads end by themselves; one of them may be dropping this.
        self.work.close();
    }
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

#[cfg(test)]
mod tests {
    use super::Rota;

    #[test]
    fn who_was_busy_last_is_asked_first() {
        let mut rota = Rota::new(3);
        for thread in 0..3 {
            assert_eq!(rota.take(thread), None);
        }
        assert_eq!(rota.add("a"), Some(2));
        assert_eq!(rota.add("b"), Some(1));
        assert_eq!((rota.take(2), rota.take(1)), (Some("a"), Some("b")));
        assert_eq!((rota.take(2), rota.take(1)), (None, None));
        assert_eq!(rota.add("c"), Some(1));
    }

    #[test]
    fn what_finds_nobody_idle_is_done_in_its_order_by_whoever_is_done_first() {
        let mut rota = Rota::new(2);
        for job in ["a", "b", "c"] {
            assert_eq!(rota.add(job), None);
        }
        assert_eq!([rota.take(1), rota.take(0), rota.take(1)], [Some("a"), Some("b"), Some("c")]);
        assert_eq!((rota.take(0), rota.take(0)), (None, None), "asked twice, idle once");
        assert_eq!((rota.add("d"), rota.add("e")), (Some(0), None));
    }
}
