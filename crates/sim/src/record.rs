//! What happened: the checker's history, and a hash over everything, by which two runs are seen to be one.

use std::{
    fmt,
    hash::{DefaultHasher, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use checker::{Entry, History, What};
use tokio::time::Instant;

/// Clones write into the same.
#[derive(Clone)]
pub(crate) struct Record {
    began: Instant,
    /// Everything is printed as it happens.
    is_loud: bool,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    trace: DefaultHasher,
    history: History,
    attempts: u64,
    findings: Vec<String>,
}

impl Record {
    pub(crate) fn new(users: Vec<String>, is_loud: bool) -> Self {
        let history = History { users, entries: Vec::new() };
        let kept = Kept { trace: DefaultHasher::new(), history, attempts: 0, findings: Vec::new() };
        Self { began: Instant::now(), is_loud, kept: Arc::new(Mutex::new(kept)) }
    }

    /// Notes what is no part of the history.
    pub(crate) fn trace(&self, what: fmt::Arguments<'_>) {
        self.line(format!("{:>7} {what}", self.began.elapsed().as_millis()));
    }

    /// Notes what a client did or was told.
    pub(crate) fn note(&self, client: usize, what: What) {
        self.trace(format_args!("client {client}: {what:?}"));
        self.kept().history.entries.push(Entry { client, what });
    }

    /// Notes that a client is about to send, and gives the attempt its number.
    pub(crate) fn invoked(&self, client: usize, conversation: &str, id: &str, body: &str) -> u64 {
        let attempt = {
            let mut kept = self.kept();
            kept.attempts += 1;
            kept.attempts
        };
        let (conversation, id, body) = (plain(conversation), plain(id), body.to_owned());
        self.note(client, What::Invoked { attempt, conversation, id, body });
        attempt
    }

    /// Notes that a promise is broken.
    pub(crate) fn found(&self, what: String) {
        self.trace(format_args!("FOUND {what}"));
        self.kept().findings.push(what);
    }

    /// All of it: the hash, the history and what was found on the way.
    pub(crate) fn finish(&self) -> (u64, History, Vec<String>) {
        let mut kept = self.kept();
        let hash = kept.trace.finish();
        (hash, std::mem::take(&mut kept.history), std::mem::take(&mut kept.findings))
    }

    fn line(&self, line: String) {
        self.kept().trace.write(line.as_bytes());
        if self.is_loud {
            println!("{line}");
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id as the database's dump has it.
pub(crate) fn plain(id: &str) -> String {
    id.replace('-', "")
}
