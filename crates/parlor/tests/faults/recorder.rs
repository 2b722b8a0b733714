//! The one observer: notes what all clients do and are told, in one order.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use testkit::checker::{Entry, History, Message, Synced, What};
use tokio::sync::watch;

pub(crate) struct Recorder {
    inner: Mutex<Inner>,
    acknowledged: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    history: History,
    attempts: u64,
    acknowledged: u64,
}

impl Recorder {
    pub(crate) fn new(users: Vec<String>) -> Self {
        let history = History { users, entries: Vec::new() };
        let inner = Mutex::new(Inner { history, ..Inner::default() });
        Self { inner, acknowledged: watch::Sender::new(0) }
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
        inner.history.entries.push(Entry { client, what });
        attempt
    }

    pub(crate) fn note(&self, client: usize, what: What) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(what, What::Acknowledged { .. }) {
            inner.acknowledged += 1;
            self.acknowledged.send_replace(inner.acknowledged);
        }
        inner.history.entries.push(Entry { client, what });
    }

    /// Waits for that many acknowledgements more than there are now.
    pub(crate) async fn acknowledged(&self, more: u64) {
        let mut count = self.acknowledged.subscribe();
        let until = *count.borrow_and_update() + more;
        count.wait_for(|count| *count >= until).await.unwrap();
    }

    pub(crate) fn history(&self) -> History {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).history.clone()
    }
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
