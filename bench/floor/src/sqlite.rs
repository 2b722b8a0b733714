//! Bare group commit: one writer takes whatever sends are waiting, writes the rows of each, commits, answers.
//!
//! The rows are those of a send in Parlor: the message, its change, the conversation's counters. 500 writers hand in the
//! next send when the last one is durable, so that groups have the size that 500 closed-loop senders give.

use std::error::Error;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

/// The tables that a send touches, as `crates/store` has them.
const SCHEMA: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table conversations (
        key integer primary key, id blob not null unique, last_activity_at integer not null,
        last_seq integer not null, last_rev integer not null) strict;
    create table messages (
        conversation integer not null, seq integer not null, rev integer not null, id blob not null,
        request_hash blob not null, sender integer not null, kind integer not null, body text,
        created_at integer not null, edited_at integer, deleted_at integer,
        primary key (conversation, seq), unique (conversation, id)) strict, without rowid;
    create table changes (
        conversation integer not null, rev integer not null, kind integer not null, ref integer not null,
        primary key (conversation, rev)) strict, without rowid;
";
const TOUCH: &str =
    "update conversations set last_seq = last_seq + 1, last_rev = last_rev + 1, last_activity_at = ?2
    where key = ?1 returning last_seq, last_rev";
const INSERT: &str =
    "insert into messages (conversation, seq, rev, id, request_hash, sender, kind, body, created_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)";
const CHANGE: &str = "insert into changes values (?1, ?2, 0, ?3)";
const HASH: [u8; 32] = [7; 32];

/// What is asked of the disk.
pub(crate) struct Load {
    pub(crate) writers: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) duration_ms: u64,
    pub(crate) payload: usize,
}

/// Figures as JSON.
pub(crate) fn measure(dir: &Path, load: &Load) -> Result<serde_json::Value, Box<dyn Error>> {
    let connection = Connection::open(dir.join("floor.sqlite"))?;
    connection.execute_batch(SCHEMA)?;
    let (requests, waiting) = channel();
    let (answers, answered) = channel();
    let body = "x".repeat(load.payload);
    let conversations = load.writers.div_ceil(2);
    let writer = thread::spawn(move || commit_groups(&connection, conversations, &body, &waiting, &answers));

    let start = Instant::now();
    let counted_from = start + Duration::from_millis(load.warm_up_ms);
    let end = counted_from + Duration::from_millis(load.duration_ms);
    for writer in 0..load.writers {
        requests.send(writer)?;
    }
    let (mut committed, mut groups) = (0_usize, 0_usize);
    // One message from the committer is one group, as one publication of a batch would be.
    while let Ok(group) = answered.recv() {
        let now = Instant::now();
        if now >= end {
            break;
        }
        if now >= counted_from {
            committed += group.len();
            groups += 1;
        }
        for writer in group {
            requests.send(writer)?;
        }
    }
    drop(requests);
    writer.join().map_err(|_| "the writer died")??;
    let seconds = Duration::from_millis(load.duration_ms).as_secs_f64();
    Ok(serde_json::json!({
        "writers": load.writers,
        "sends": committed,
        "sends_per_second": (committed as f64 / seconds).round(),
        "sends_per_commit": (committed as f64 / groups.max(1) as f64 * 10.0).round() / 10.0,
    }))
}

fn commit_groups(
    connection: &Connection,
    conversations: usize,
    body: &str,
    waiting: &Receiver<usize>,
    answers: &Sender<Vec<usize>>,
) -> rusqlite::Result<()> {
    for conversation in 0..conversations {
        let (key, id) = (conversation as i64, (conversation as u128).to_be_bytes());
        connection.execute("insert into conversations values (?1, ?2, 0, 0, 0)", params![key, id])?;
    }
    let mut touch = connection.prepare(TOUCH)?;
    let mut insert = connection.prepare(INSERT)?;
    let mut change = connection.prepare(CHANGE)?;
    let mut sends = 0_u128;
    while let Ok(first) = waiting.recv() {
        connection.execute_batch("begin immediate")?;
        let group: Vec<usize> = [first].into_iter().chain(waiting.try_iter()).collect();
        for writer in &group {
            sends += 1;
            let (conversation, now) = ((writer / 2) as i64, sends as i64);
            let (seq, rev): (i64, i64) =
                touch.query_row(params![conversation, now], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let id = sends.to_be_bytes();
            insert.execute(params![conversation, seq, rev, id, HASH, *writer as i64, body, now])?;
            change.execute(params![conversation, rev, seq])?;
        }
        connection.execute_batch("commit")?;
        if answers.send(group).is_err() {
            break;
        }
    }
    Ok(())
}
