//! Order: live events grow, and what was there before something was sent comes before it.

use std::collections::HashMap;

use crate::{Dump, History, Promise, Violation, What, verdict::broken};

pub(crate) fn check(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    growing(history, found);
    real_time(history, dump, found);
}

/// On one connection the events of a conversation have growing `seq` and `rev`, each once.
fn growing(history: &History, found: &mut Vec<Violation>) {
    let mut last: HashMap<(usize, &str), (u64, u64)> = HashMap::new();
    for entry in &history.entries {
        let client = entry.client;
        match &entry.what {
            What::Connected => last.retain(|(of, _), _| *of != client),
            What::Event { message, .. } => {
                let seen = last.entry((client, &message.conversation)).or_default();
                if message.seq <= seen.0 || message.rev <= seen.1 {
                    let what = format!(
                        "client {client} got seq {} rev {} after seq {} rev {} in {}",
                        message.seq, message.rev, seen.0, seen.1, message.conversation
                    );
                    broken(found, Promise::G1, what);
                }
                *seen = (message.seq, message.rev);
            }
            _ => {}
        }
    }
}

/// A message that anybody knew of when another was first sent has the lower `seq`.
fn real_time(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    let stored = dump.by_id();
    let mut known: HashMap<&str, u64> = HashMap::new();
    let mut first_sent: HashMap<(&str, &str), u64> = HashMap::new();
    for entry in &history.entries {
        match &entry.what {
            What::Invoked { conversation, id, .. } => {
                let before = known.get(conversation.as_str()).copied().unwrap_or(0);
                first_sent.entry((conversation, id)).or_insert(before);
            }
            What::Acknowledged { message, .. } | What::Event { message, .. } => {
                let seq = known.entry(&message.conversation).or_default();
                *seq = message.seq.max(*seq);
            }
            _ => {}
        }
    }
    for (key, before) in first_sent {
        let Some(row) = stored.get(&key) else { continue };
        if row.seq <= before {
            let what = format!("{} got seq {}, but {before} was known before it was sent", key.1, row.seq);
            broken(found, Promise::G1, what);
        }
    }
}
