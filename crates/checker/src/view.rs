//! What a client was told, put together, is what the database holds: nothing was left out on the way.

use std::collections::{BTreeMap, HashMap};

use crate::{Dump, Entry, History, Message, Promise, Synced, Violation, What, verdict::broken};

pub(crate) fn check(history: &History, dump: &Dump, found: &mut Vec<Violation>) {
    let mut views: Vec<View<'_>> = history.users.iter().map(|_| View::default()).collect();
    for Entry { client, what } in &history.entries {
        let Some(view) = views.get_mut(*client) else { continue };
        match what {
            What::Connected => view.live.clear(),
            // What was dropped comes by sync, and events go on from anywhere.
            What::SyncNeeded => view.live.clear(),
            What::Event { prev_rev, message } => {
                if let Some(gap) = view.event(*prev_rev, message) {
                    broken(found, Promise::G6, format!("client {client} {gap}"));
                }
            }
            What::Synced(conversations) => conversations.iter().for_each(|synced| view.synced(synced)),
            What::Fetched { conversation, messages } => view.fetched(conversation, messages),
            What::Settled => settled(*client, &history.users[*client], view, dump, found),
            What::Invoked { .. } | What::Acknowledged { .. } | What::Refused { .. } => {}
        }
    }
}

/// What one client holds.
#[derive(Default)]
struct View<'a> {
    /// By conversation: messages by `rev`.
    held: HashMap<&'a str, BTreeMap<u64, &'a Message>>,
    /// By conversation: how far this connection is known to have told everything, by event or by sync.
    live: HashMap<&'a str, u64>,
}

impl<'a> View<'a> {
    /// Takes an event; says what is missing before it.
    fn event(&mut self, prev_rev: u64, message: &'a Message) -> Option<String> {
        let conversation = message.conversation.as_str();
        self.held.entry(conversation).or_default().insert(message.rev, message);
        let told = self.live.entry(conversation).or_insert(prev_rev);
        let gap = (prev_rev > *told).then(|| {
            format!(
                "got rev {} after {prev_rev} in {conversation}, but had been told up to {told}",
                message.rev
            )
        });
        *told = message.rev.max(*told);
        gap
    }

    fn synced(&mut self, synced: &'a Synced) {
        let held = self.held.entry(&synced.conversation).or_default();
        if synced.reset {
            held.clear();
        }
        held.extend(synced.messages.iter().map(|message| (message.rev, message)));
        // Connected before it synced, so whatever comes after this head comes as an event.
        let told = self.live.entry(&synced.conversation).or_default();
        *told = synced.head_rev.max(*told);
    }

    fn fetched(&mut self, conversation: &'a str, messages: &'a [Message]) {
        let held = self.held.entry(conversation).or_default();
        held.extend(messages.iter().map(|message| (message.rev, message)));
    }
}

fn settled(client: usize, user: &str, view: &View<'_>, dump: &Dump, found: &mut Vec<Violation>) {
    let nothing = BTreeMap::new();
    for conversation in &dump.conversations {
        if !conversation.members.iter().any(|member| member.user == user) {
            continue;
        }
        let held = view.held.get(conversation.id.as_str()).unwrap_or(&nothing);
        let missing =
            conversation.messages.iter().filter(|row| held.get(&row.message.rev) != Some(&&row.message));
        let missing: Vec<u64> = missing.map(|row| row.message.seq).collect();
        if !missing.is_empty() || held.len() != conversation.messages.len() {
            let what = format!(
                "client {client} holds {} messages of {}, stored are {}; seq missing: {missing:?}",
                held.len(),
                conversation.id,
                conversation.messages.len()
            );
            broken(found, Promise::G6, what);
        }
    }
}
