//! What clients read, of a database that was filled by `parlor dev seed`: one request after the other, each timed.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cli::ReadsArgs;
use crate::failure::{Failure, Result};
use crate::people::{self, Person};
use crate::rest::Connection;
use crate::stats::{Latencies, Summary};

/// Items of a page, of history and of conversations.
const PAGE: usize = 50;

/// A client that was away a while: so many of its conversations went on meanwhile, each by so many changes.
const CHANGED: usize = 20;
const BEHIND: i64 = 5;

/// Of ten requests one more is made first, to warm up.
const WARM_UP_SHARE: usize = 10;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    readers: usize,
    /// Conversations of him who has most.
    conversations_at_most: usize,
    /// A page from anywhere in a conversation.
    history: Summary,
    /// A client that was away a while.
    sync: Summary,
    /// The unread messages of a conversation, and of all of a person's conversations together.
    unread: Summary,
    /// The first page of conversations, each with its unread messages.
    conversations: Summary,
}

/// Somebody who reads, and what he knows.
struct Reader {
    person: Person,
    epoch: String,
    user_rev: i64,
    conversations: Vec<Known>,
}

struct Known {
    id: String,
    head: Head,
}

#[derive(Clone, Copy, Deserialize)]
struct Head {
    seq: i64,
    rev: i64,
}

#[derive(Deserialize)]
struct Synced {
    epoch: String,
    user_rev: i64,
    conversations: Vec<SyncedConversation>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct SyncedConversation {
    id: String,
    head: Head,
}

pub(super) fn run(args: &ReadsArgs) -> Result<Report> {
    let mut connection = Connection::open(args.target.address)?;
    let readers = readers(args, &mut connection)?;
    let mut latencies: [Latencies; 4] = Default::default();
    let warm_up = args.requests / WARM_UP_SHARE;
    for turn in 0..warm_up + args.requests {
        let reader = &readers[turn % readers.len()];
        // Spread evenly, and the same for every server: multiples of the golden ratio.
        let place = (turn as f64 * 0.618_033_988_749_895).fract();
        for (request, latencies) in requests(reader, place).into_iter().zip(&mut latencies) {
            let took = timed(&mut connection, &reader.person, &request)?;
            if turn >= warm_up {
                latencies.add(took);
            }
        }
    }
    let [history, sync, unread, conversations] = latencies.map(Latencies::summary);
    let conversations_at_most = readers.iter().map(|reader| reader.conversations.len()).max().unwrap_or(0);
    Ok(Report { readers: readers.len(), conversations_at_most, history, sync, unread, conversations })
}

/// Who is in no conversation has nothing to read.
fn readers(args: &ReadsArgs, connection: &mut Connection) -> Result<Vec<Reader>> {
    let people = people::invent(args.users, args.target.secret.as_deref(), Some(&args.run))?;
    let step = (people.len() / args.readers.max(1)).max(1);
    let chosen = people.iter().take(args.readers).chain(people.iter().step_by(step).take(args.readers));
    let mut readers = Vec::new();
    for person in chosen {
        let reader = first_sync(connection, person)?;
        if !reader.conversations.is_empty() {
            readers.push(reader);
        }
    }
    if readers.is_empty() {
        Err(Failure::Usage("nobody of this run is in a conversation".into()))
    } else {
        Ok(readers)
    }
}

fn first_sync(connection: &mut Connection, person: &Person) -> Result<Reader> {
    let mut reader =
        Reader { person: person.clone(), epoch: String::new(), user_rev: 0, conversations: Vec::new() };
    let mut cursor: Option<String> = None;
    loop {
        let body = cursor.as_ref().map_or_else(|| json!({}), |cursor| json!({ "cursor": cursor }));
        let synced: Synced =
            serde_json::from_slice(&connection.call(person, "POST", "/sync", &body.to_string())?)?;
        if cursor.is_none() {
            (reader.epoch, reader.user_rev) = (synced.epoch, synced.user_rev);
        }
        let known = synced.conversations.into_iter().map(|one| Known { id: one.id, head: one.head });
        reader.conversations.extend(known);
        cursor = synced.cursor;
        if cursor.is_none() {
            return Ok(reader);
        }
    }
}

struct Request {
    method: &'static str,
    path: String,
    body: String,
}

/// One of each kind, in the order of the report.
fn requests(reader: &Reader, place: f64) -> [Request; 4] {
    let of = |count: usize| (count as f64 * place) as usize;
    let known = &reader.conversations[of(reader.conversations.len())];
    let (id, before) = (&known.id, of(known.head.seq as usize) + 2);
    let get = |path| Request { method: "GET", path, body: String::new() };
    let post = |path, body: Value| Request { method: "POST", path, body: body.to_string() };
    let sync = json!({ "epoch": reader.epoch, "user_rev": reader.user_rev, "heads": heads(reader) });
    [
        get(format!("/conversations/{id}/messages?limit={PAGE}&before_seq={before}")),
        post("/sync".into(), sync),
        // Moves no mark, and so writes nothing.
        post(format!("/conversations/{id}/read"), json!({ "seq": 0 })),
        get(format!("/conversations?limit={PAGE}")),
    ]
}

/// As a client holds them that was away a while.
fn heads(reader: &Reader) -> Map<String, Value> {
    let step = reader.conversations.len().div_ceil(CHANGED);
    let mut heads = Map::new();
    for (number, known) in reader.conversations.iter().enumerate() {
        let behind = if number % step == 0 { BEHIND.min(known.head.rev) } else { 0 };
        heads.insert(known.id.clone(), (known.head.rev - behind).into());
    }
    heads
}

fn timed(connection: &mut Connection, person: &Person, request: &Request) -> Result<Duration> {
    let begun = Instant::now();
    connection.call(person, request.method, &request.path, &request.body)?;
    Ok(begun.elapsed())
}
