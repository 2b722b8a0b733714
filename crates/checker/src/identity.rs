//! An id stands for one message, whatever is sent how often.

use std::collections::{HashMap, HashSet};

use crate::{Dump, History, Promise, Violation, What, verdict::broken};

pub(crate) fn check(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    once(dump, found);
    of_somebody(history, dump, found);
    as_asked(history, found);
}

fn once(dump: &Dump, found: &mut Vec<Violation>) {
    for conversation in &dump.conversations {
        let mut ids = HashSet::new();
        for row in &conversation.messages {
            if row.message.conversation != conversation.id {
                broken(found, Promise::G3, format!("{} is filed under {}", row.message.id, conversation.id));
            }
            if !ids.insert(&row.message.id) {
                broken(found, Promise::G3, format!("{} is stored twice", row.message.id));
            }
        }
    }
}

/// What is stored was sent: by him whose name it bears, with this text.
fn of_somebody(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    let mut sent: HashMap<(&str, &str), Vec<(&str, &str)>> = HashMap::new();
    for entry in &history.entries {
        if let What::Invoked { conversation, id, body, .. } = &entry.what {
            let user = history.users.get(entry.client).map_or("", String::as_str);
            sent.entry((conversation, id)).or_default().push((user, body));
        }
    }
    for row in dump.conversations.iter().flat_map(|conversation| &conversation.messages) {
        let message = &row.message;
        let attempts = sent.get(&(message.conversation.as_str(), message.id.as_str()));
        let own = (message.sender.as_str(), message.body.as_str());
        if !attempts.is_some_and(|attempts| attempts.contains(&own)) {
            broken(found, Promise::G3, format!("{} is stored, and nobody sent it so", message.id));
        }
    }
}

/// An attempt is acknowledged with what it asked for: another content under the same id is refused.
fn as_asked(history: &History, found: &mut Vec<Violation>) {
    let mut asked: HashMap<u64, (&str, &str, &str)> = HashMap::new();
    for entry in &history.entries {
        match &entry.what {
            What::Invoked { attempt, conversation, id, body } => {
                asked.insert(*attempt, (conversation, id, body));
            }
            What::Acknowledged { attempt, message } => {
                let got = (message.conversation.as_str(), message.id.as_str(), message.body.as_str());
                if asked.get(attempt) != Some(&got) {
                    let what =
                        format!("attempt {attempt} is acknowledged with other content: {}", message.id);
                    broken(found, Promise::G3, what);
                }
            }
            _ => {}
        }
    }
}
