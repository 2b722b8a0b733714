//! The one observer: notes what all clients do and are told, in one order.

use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use serde_json::Value;
use testkit::checker::{Entry, History, Message, Synced, What};
use tokio::sync::watch;

pub(crate) struct Recorder {
    inner: Mutex<Inner>,
    acknowledged: watch::Sender<u64>,
    refused: watch::Sender<u64>,
    failed: watch::Sender<u64>,
    /// A file whose length is noted with each entry.
    diary: Option<PathBuf>,
}

#[derive(Default)]
struct Inner {
    history: History,
    attempts: u64,
    /// The diary's length at each entry.
    marks: Vec<u64>,
}

impl Inner {
    fn push(&mut self, client: usize, what: What, diary: Option<&PathBuf>) {
        self.marks.push(diary.map_or(0, |path| std::fs::metadata(path).unwrap().len()));
        self.history.entries.push(Entry { client, what });
    }
}

impl Recorder {
    pub(crate) fn new(users: Vec<String>, diary: Option<PathBuf>) -> Self {
        let history = History { users, entries: Vec::new() };
        let inner = Mutex::new(Inner { history, ..Inner::default() });
        let [acknowledged, refused, failed] = [(); 3].map(|()| watch::Sender::new(0));
        Self { inner, acknowledged, refused, failed, diary }
    }

    /// About to be sent; gives the number of the attempt.
    pub(crate) fn invoked(&self, client: usize, conversation: &str, id: &str, body: &str) -> u64 {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.attempts += 1;
        let attempt = inner.attempts;
        let what = What::Invoked {
            attempt,
            conversation: plain(conversation),
            id: plain(id),
            body: body.to_owned(),
        };
        inner.push(client, what, self.diary.as_ref());
        attempt
    }

    pub(crate) fn note(&self, client: usize, what: What) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match what {
            What::Acknowledged { .. } => self.acknowledged.send_modify(|count| *count += 1),
            What::Refused { .. } => self.refused.send_modify(|count| *count += 1),
            _ => {}
        }
        inner.push(client, what, self.diary.as_ref());
    }

    /// Waits for that many acknowledgements more than there are now.
    pub(crate) async fn acknowledged(&self, more: u64) {
        more_of(&self.acknowledged, more).await;
    }

    /// Waits for that many refusals more than there are now.
    pub(crate) async fn refused(&self, more: u64) {
        more_of(&self.refused, more).await;
    }

    /// An answer of `unavailable` or `internal`, whatever the client makes of it.
    pub(crate) fn note_failure(&self) {
        self.failed.send_modify(|count| *count += 1);
    }

    /// Waits for that many failures more than there are now.
    pub(crate) async fn failed(&self, more: u64) {
        more_of(&self.failed, more).await;
    }

    pub(crate) fn history(&self) -> History {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).history.clone()
    }

    /// What was noted before the diary was longer than this.
    pub(crate) fn history_until(&self, length: u64) -> History {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = inner.marks.partition_point(|mark| *mark <= length);
        History { users: inner.history.users.clone(), entries: inner.history.entries[..entries].to_vec() }
    }
}

async fn more_of(count: &watch::Sender<u64>, more: u64) {
    let mut count = count.subscribe();
    let until = *count.borrow_and_update() + more;
    count.wait_for(|count| *count >= until).await.unwrap();
}

/// An id as the dump spells it.
pub(crate) fn plain(id: &str) -> String {
    id.replace('-', "")
}

pub(crate) fn message(json: &Value) -> Message {
    let text = |field: &str| json[field].as_str().unwrap_or_default();
    let number = |field: &str| json[field].as_u64().unwrap_or_default();
    Message {
        conversation: plain(text("conversation_id")),
        id: plain(text("id")),
        seq: number("seq"),
        rev: number("rev"),
        sender: text("sender_id").to_owned(),
        body: text("body").to_owned(),
    }
}

/// What `sync` says of one conversation.
pub(crate) fn synced(json: &Value) -> Synced {
    let changes = json["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    Synced {
        conversation: plain(json["id"].as_str().unwrap_or_default()),
        head_rev: json["head"]["rev"].as_u64().unwrap_or_default(),
        reset: json["reset"] == true || json.get("conversation").is_some(),
        messages: changes.iter().map(|change| message(&change["data"])).collect(),
    }
}
