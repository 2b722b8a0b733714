//! What anybody was told is stored as he was told; what was refused is not stored.

use std::collections::{HashMap, HashSet};

use crate::{Dump, History, Promise, Violation, What, verdict::broken};

pub(crate) fn check(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    let stored = dump.by_id();
    let mut reported = HashSet::new();
    for (how, message) in history.told() {
        let what = match stored.get(&(message.conversation.as_str(), message.id.as_str())) {
            Some(row) if *row == message => continue,
            Some(row) => format!("{} was {how} as {message:?}, but is stored as {row:?}", message.id),
            None => format!("{} (seq {}) was {how}, but is not stored", message.id, message.seq),
        };
        if reported.insert((how, &message.id)) {
            broken(found, Promise::G2, what);
        }
    }
    refused(history, dump, found);
}

/// Whether any attempt with an id may have written it.
#[derive(Default)]
struct Fate {
    attempts: u32,
    refused: u32,
}

fn refused(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    let mut fates: HashMap<(&str, &str), Fate> = HashMap::new();
    let mut attempts: HashMap<u64, (&str, &str)> = HashMap::new();
    for entry in &history.entries {
        match &entry.what {
            What::Invoked { attempt, conversation, id, .. } => {
                attempts.insert(*attempt, (conversation, id));
                fates.entry((conversation, id)).or_default().attempts += 1;
            }
            What::Refused { attempt } => {
                if let Some(fate) = attempts.get(attempt).and_then(|key| fates.get_mut(key)) {
                    fate.refused += 1;
                }
            }
            _ => {}
        }
    }
    let stored = dump.by_id();
    for (key, fate) in fates {
        if fate.refused == fate.attempts && stored.contains_key(&key) {
            broken(
                found,
                Promise::G2,
                format!("every attempt to send {} was refused, but it is stored", key.1),
            );
        }
    }
}
