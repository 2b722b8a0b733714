//! A checker is trusted only after it found what was put there to be found: a good history passes, and each way of
//! spoiling it is named, by the promise that it breaks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at the first thing that is not as it must be"
)]

use parlor_checker::{
    Conversation, Dump, Entry, History, Member, Message, Promise, Row, Synced, User, What, check,
};

/// Ada is clients 0 and 1, Grace is client 2. Ten messages; the fourth needs a retry; client 1 is away during the
/// sixth and seventh and syncs; Grace reads up to the third; one send is refused, one is never answered.
fn good() -> (History, Dump) {
    let mut story = Story::default();
    for client in 0..3 {
        story.note(client, What::Connected);
        story.note(client, What::Synced(vec![]));
    }
    for seq in 1..=10 {
        let sender = if seq % 2 == 0 { 2 } else { 0 };
        let message = message(seq, story.user(sender));
        let first = story.invoke(sender, &message);
        if seq == 4 {
            // No answer: the client tries again.
            story.hear(&message, &[0, 1, 2]);
            let again = story.invoke(sender, &message);
            story.note(sender, What::Acknowledged { attempt: again, message: message.clone() });
        } else {
            story.note(sender, What::Acknowledged { attempt: first, message: message.clone() });
            story.hear(&message, if (6..=7).contains(&seq) { &[0, 2] } else { &[0, 1, 2] });
        }
        story.rows.push(message);
        if seq == 7 {
            story.note(1, What::Connected);
            let messages = story.rows[5..=6].to_vec();
            story.note(1, What::Synced(vec![Synced { messages, head_rev: 7, ..synced() }]));
        }
    }
    let refused = story.invoke(0, &Message { id: "refused".into(), ..message(11, "ada") });
    story.note(0, What::Refused { attempt: refused });
    story.invoke(0, &Message { id: "lost".into(), ..message(11, "ada") });
    for client in 0..3 {
        story.note(client, What::Settled);
    }
    story.end()
}

/// Changes the good story, and says what must be found.
type Mutant = (&'static str, Promise, &'static str, fn(&mut History, &mut Dump));

const MUTANTS: &[Mutant] = &[
    ("an acknowledged row is lost", Promise::G2, "acknowledged, but is not stored", |_, dump| {
        drop(messages(dump).pop());
    }),
    ("a lost row in the middle", Promise::G1, "comes after", |_, dump| drop(messages(dump).remove(4))),
    ("the row's count is ahead", Promise::G1, "its row counts 11", |_, dump| {
        dump.conversations[0].last_seq = 11;
    }),
    ("a row twice", Promise::G3, "stored twice", |_, dump| {
        let row =
            Row { message: Message { seq: 11, rev: 11, ..messages(dump)[3].message.clone() }, counts: true };
        messages(dump).push(row);
        (dump.conversations[0].last_seq, dump.conversations[0].last_rev) = (11, 11);
        dump.conversations[0].changes.push(11);
    }),
    ("a row that nobody sent", Promise::G3, "nobody sent it", |_, dump| {
        messages(dump).push(Row { message: message(11, "grace"), counts: true });
    }),
    ("other content under the same id", Promise::G3, "other content", |history, _| {
        let at = position(history, |what| matches!(what, What::Invoked { attempt: 5, .. }));
        if let What::Invoked { body, .. } = &mut history.entries[at].what {
            *body = "something else".into();
        }
    }),
    ("the text changed on its way", Promise::G2, "stored as", |_, dump| {
        messages(dump)[2].message.body = "something else".into();
    }),
    ("a gap in rev", Promise::G4, "rev of room", |_, dump| {
        dump.conversations[0].changes.remove(7);
    }),
    ("a rev given out twice", Promise::G4, "has rev 5 after 5", |_, dump| messages(dump)[5].message.rev = 5),
    (
        "MAX + 1 instead of a locked row: two who write at once get one number",
        Promise::G1,
        "5 comes after 5",
        |history, dump| {
            let twin = Message { id: "twin".into(), ..message(5, "grace") };
            let at = position(
                history,
                |what| matches!(what, What::Acknowledged { message, .. } if message.seq == 5),
            );
            let Message { conversation, id, body, .. } = twin.clone();
            let invoked = What::Invoked { attempt: 99, conversation, id, body };
            let acknowledged = What::Acknowledged { attempt: 99, message: twin.clone() };
            history.entries.insert(at, Entry { client: 2, what: acknowledged });
            history.entries.insert(at - 1, Entry { client: 2, what: invoked });
            messages(dump).insert(5, Row { message: twin, counts: true });
        },
    ),
    ("a gap in user_rev", Promise::G4, "user_rev of ada", |_, dump| {
        dump.users[0].changes.remove(1);
    }),
    ("user_rev ends early", Promise::G4, "its row counts 4", |_, dump| dump.users[1].last_user_rev = 4),
    ("seq out of real-time order", Promise::G1, "was known before", |history, dump| {
        swap(history, dump, 8, 9);
    }),
    ("a send that was refused is stored", Promise::G2, "was refused", |_, dump| {
        let row = Message { id: "refused".into(), ..message(11, "ada") };
        messages(dump).push(Row { message: row, counts: true });
    }),
    (
        "an event before its commit, which was rolled back",
        Promise::G2,
        "event, but is not stored",
        |history, _| {
            let at = position(history, |what| matches!(what, What::Settled));
            let event =
                What::Event { prev_rev: 10, message: Message { id: "lost".into(), ..message(11, "ada") } };
            history.entries.insert(at, Entry { client: 0, what: event });
        },
    ),
    ("an event twice", Promise::G1, "client 2 got seq 5", |history, _| {
        let at = position_of_event(history, 2, 5);
        history.entries.insert(at, history.entries[at].clone());
    }),
    ("an event is missing, without a sync", Promise::G6, "had been told up to 4", |history, _| {
        let at = position_of_event(history, 2, 5);
        history.entries.remove(at);
    }),
    ("the last event is missing", Promise::G6, "seq missing: [10]", |history, _| {
        let at = position_of_event(history, 1, 10);
        history.entries.remove(at);
    }),
    ("the first event after a sync is missing", Promise::G6, "had been told up to 7", |history, _| {
        let at = position_of_event(history, 1, 8);
        history.entries.remove(at);
    }),
    ("sync leaves one out", Promise::G6, "seq missing: [6]", |history, _| {
        for entry in &mut history.entries {
            if let What::Synced(conversations) = &mut entry.what {
                conversations.iter_mut().for_each(|synced| drop(synced.messages.remove(0)));
            }
        }
    }),
    ("rev goes back", Promise::G1, "after seq 9", |history, _| {
        let (nine, ten) = (position_of_event(history, 0, 9), position_of_event(history, 0, 10));
        let late = history.entries.remove(nine);
        history.entries.insert(ten, late);
        history.entries.insert(ten, history.entries[ten].clone());
    }),
    ("unread is off by one", Promise::G6, "said to have 4 unread", |_, dump| {
        dump.conversations[0].members[1].unread = Some(4);
    }),
];

#[test]
fn a_good_history_passes() {
    let (history, dump) = good();
    assert_eq!(check(&history, &dump), []);
}

#[test]
fn every_mutant_is_found() {
    let mut missed = Vec::new();
    for (name, promise, text, spoil) in MUTANTS {
        let (mut history, mut dump) = good();
        spoil(&mut history, &mut dump);
        let found = check(&history, &dump);
        if !found.iter().any(|violation| violation.promise == *promise && violation.what.contains(text)) {
            missed.push(format!("{name}: not among {found:#?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_client_that_was_told_of_drops_may_have_a_gap_and_must_repair_it() {
    let (mut history, dump) = good();
    let at = position_of_event(&history, 2, 5);
    history.entries[at].what = What::SyncNeeded;
    let found = check(&history, &dump);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].what.contains("seq missing: [5]"), "{found:?}");
    let messages = dump.conversations[0].messages.iter().map(|row| row.message.clone()).collect();
    let fetched = What::Fetched { conversation: "room".into(), messages };
    let end = position(&history, |what| matches!(what, What::Settled));
    history.entries.insert(end, Entry { client: 2, what: fetched });
    assert_eq!(check(&history, &dump), []);
}

#[derive(Default)]
struct Story {
    entries: Vec<Entry>,
    rows: Vec<Message>,
    attempts: u64,
}

impl Story {
    fn user(&self, client: usize) -> &'static str {
        ["ada", "ada", "grace"][client]
    }

    fn note(&mut self, client: usize, what: What) {
        self.entries.push(Entry { client, what });
    }

    fn invoke(&mut self, client: usize, message: &Message) -> u64 {
        self.attempts += 1;
        let Message { conversation, id, body, .. } = message.clone();
        self.note(client, What::Invoked { attempt: self.attempts, conversation, id, body });
        self.attempts
    }

    fn hear(&mut self, message: &Message, clients: &[usize]) {
        for client in clients {
            self.note(*client, What::Event { prev_rev: message.rev - 1, message: message.clone() });
        }
    }

    fn end(self) -> (History, Dump) {
        let users = [0, 1, 2].map(|client| self.user(client).to_owned()).into();
        let member = |user: &str, read_seq, unread| Member {
            user: user.into(),
            joined_seq: 1,
            read_seq,
            unread: Some(unread),
        };
        let stream =
            |id: &str| User { id: id.into(), last_user_rev: 3, trimmed_to: 0, changes: vec![1, 2, 3] };
        let room = Conversation {
            id: "room".into(),
            last_seq: 10,
            last_rev: 10,
            trimmed_to: 0,
            messages: self.rows.into_iter().map(|message| Row { message, counts: true }).collect(),
            changes: (1..=10).collect(),
            members: vec![member("ada", 10, 0), member("grace", 3, 3)],
        };
        let dump = Dump { conversations: vec![room], users: vec![stream("ada"), stream("grace")] };
        (History { users, entries: self.entries }, dump)
    }
}

fn message(seq: u64, sender: &str) -> Message {
    Message {
        conversation: "room".into(),
        id: format!("m{seq}"),
        seq,
        rev: seq,
        sender: sender.into(),
        body: format!("message {seq}"),
    }
}

fn synced() -> Synced {
    Synced { conversation: "room".into(), ..Synced::default() }
}

fn messages(dump: &mut Dump) -> &mut Vec<Row> {
    &mut dump.conversations[0].messages
}

/// Gives two messages each other's numbers, everywhere.
fn swap(history: &mut History, dump: &mut Dump, a: u64, b: u64) {
    let ids = [format!("m{a}"), format!("m{b}")];
    let renumber = |message: &mut Message| {
        if ids.contains(&message.id) {
            let seq = if message.seq == a { b } else { a };
            (message.seq, message.rev) = (seq, seq);
        }
    };
    messages(dump).iter_mut().for_each(|row| renumber(&mut row.message));
    messages(dump).sort_by_key(|row| row.message.seq);
    for entry in &mut history.entries {
        if let What::Acknowledged { message, .. } = &mut entry.what {
            renumber(message);
        }
    }
}

fn position(history: &History, is: impl Fn(&What) -> bool) -> usize {
    history.entries.iter().position(|entry| is(&entry.what)).unwrap()
}

fn position_of_event(history: &History, client: usize, seq: u64) -> usize {
    let is = |entry: &Entry| {
        entry.client == client && matches!(&entry.what, What::Event { message, .. } if message.seq == seq)
    };
    history.entries.iter().position(is).unwrap()
}
