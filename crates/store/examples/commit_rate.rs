//! How many sends a second a store commits: `cargo run --release -p parlor-store --example commit_rate`.
//!
//! Batches of 256 in 256 conversations (shared out among the lanes), one after the other per lane, on SQLite and on a PostgreSQL that waits for
//! its disk. Figures depend on the machine; compare them with each other and with the floor beside SQLite.

use std::{sync::Arc, time::Instant};

use chat::{
    Actor, ConversationId, ConversationKey, Decision, Limits, MessageId, Plan, Timestamp, UserId, UserKey,
    accounts::{self, AnnounceUser, Profile},
    conversations::{self, ConversationFacts, CreateGroup, Name},
    messages::{self, MessageBody, SendMessage},
};
use parlor_store::{DatabaseUrl, KeyKind, Outcome, Store, StoreOptions};
use testkit::EphemeralPostgres;
use uuid::Uuid;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

const BATCH: usize = 256;
const SECONDS: f64 = 3.0;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let dir = tempfile::tempdir()?;
    let sqlite = DatabaseUrl::Sqlite(dir.path().join("parlor.db"));
    measure("SQLite", &sqlite, 1, BATCH).await?;
    measure("SQLite, one by one", &sqlite, 1, 1).await?;
    println!("{:28} {:>9.0} rows/s", "floor: bare rows on SQLite", floor(&dir.path().join("floor.db"))?);
    let cluster = EphemeralPostgres::start_durable().await?;
    cluster.execute("CREATE DATABASE parlor").await?;
    let postgres = cluster.url("parlor");
    measure("PostgreSQL, 1 lane", &postgres, 1, BATCH).await?;
    measure("PostgreSQL, 4 lanes", &postgres, 4, BATCH).await?;
    measure("PostgreSQL, one by one", &postgres, 1, 1).await
}

async fn measure(what: &str, url: &DatabaseUrl, lanes: usize, batch: usize) -> Result<(), AnyError> {
    let store = Store::open(url, StoreOptions { lanes, migrate: true, ..StoreOptions::default() }).await?;
    let rooms = rooms(&store).await?;
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for lane in 0..lanes {
        let (store, rooms) = (store.clone(), rooms.clone());
        tasks.spawn(async move {
            let (mut sent, mut waited) = (0, Vec::new());
            // A conversation belongs to one lane.
            let own: Vec<_> = rooms.iter().skip(lane).step_by(lanes).cloned().collect();
            while started.elapsed().as_secs_f64() < SECONDS {
                let plans = plans(&own, sent, batch);
                let begun = Instant::now();
                let outcomes = store.commit(lane, &plans).await?;
                waited.push(begun.elapsed());
                if outcomes.contains(&Outcome::GuardMissed) {
                    return Err("a guard missed".into());
                }
                sent += batch;
            }
            Ok::<_, AnyError>((sent, waited))
        });
    }
    let (mut sent, mut waited) = (0, Vec::new());
    for result in tasks.join_all().await {
        let (n, times) = result?;
        sent += n;
        waited.extend(times);
    }
    waited.sort_unstable();
    let rate = sent as f64 / started.elapsed().as_secs_f64();
    println!(
        "{what:28} {rate:>9.0} sends/s, batch p50 {:?}, p99 {:?}",
        waited[waited.len() / 2],
        waited[waited.len() * 99 / 100]
    );
    store.close().await;
    Ok(())
}

async fn rooms(store: &Store) -> Result<Arc<Vec<(Actor, ConversationFacts)>>, AnyError> {
    let user = UserKey(store.reserve_keys(KeyKind::Users, 1).await?);
    let ada = Actor { key: user, id: UserId::from_stored(&format!("ada-{}", user.0)) };
    let announce = AnnounceUser { id: ada.id.clone(), profile: Profile::default() };
    if let Decision::Write(plan) = accounts::announce(None, &announce, user, Timestamp(0)) {
        store.commit(0, &[Arc::new(plan)]).await?;
    }
    let first = store.reserve_keys(KeyKind::Conversations, BATCH as i64).await?;
    let (mut plans, mut ids) = (Vec::new(), Vec::new());
    let limits = Limits::default();
    for key in first..first + BATCH as i64 {
        let id = ConversationId(Uuid::from_u128(key as u128));
        let name = Name::parse("room", &limits)?;
        let command = CreateGroup::parse(id, name, Vec::new(), &ada.id, &limits)?;
        plans.push(Arc::new(conversations::create_group(
            &ada,
            &command,
            &[],
            &[],
            ConversationKey(key),
            Timestamp(0),
        )?));
        ids.push(id);
    }
    store.commit(0, &plans).await?;
    let facts = store.conversation_facts(&ids).await?;
    Ok(Arc::new(facts.into_iter().map(|facts| (ada.clone(), facts)).collect()))
}

fn plans(rooms: &[(Actor, ConversationFacts)], at: usize, count: usize) -> Vec<Arc<Plan>> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut plans = Vec::with_capacity(count);
    for i in 0..count {
        let (ada, facts) = &rooms[(at + i) % rooms.len()];
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // As UUIDv7: growing in its first bits.
        let id = MessageId(Uuid::from_u128(
            u128::from(number) << 64 | u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        ));
        let Ok(body) = MessageBody::parse(&"x".repeat(100), &Limits::default()) else { continue };
        let command =
            SendMessage { conversation: facts.id, id, body, reply_to: None, extras: Default::default() };
        if let Ok(Decision::Write(plan)) =
            messages::send(ada, &command, Some(facts), &Default::default(), Timestamp(1))
        {
            plans.push(Arc::new(plan));
        }
    }
    plans
}

/// The message rows alone, in transactions of the same size.
fn floor(path: &std::path::Path) -> Result<f64, AnyError> {
    let connection = rusqlite::Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE m (conversation INTEGER, seq INTEGER, id BLOB, body TEXT, PRIMARY KEY (conversation, seq)) WITHOUT ROWID;
         CREATE UNIQUE INDEX by_id ON m (conversation, id);",
    )?;
    let (started, mut rows) = (Instant::now(), 0_i64);
    let body = "x".repeat(100);
    while started.elapsed().as_secs_f64() < SECONDS {
        connection.execute_batch("BEGIN")?;
        for _ in 0..BATCH {
            let id = Uuid::from_u128(rows as u128);
            let row = rusqlite::params![rows % BATCH as i64, rows, id.as_bytes(), body];
            connection.prepare_cached("INSERT INTO m VALUES (?1, ?2, ?3, ?4)")?.execute(row)?;
            rows += 1;
        }
        connection.execute_batch("COMMIT")?;
    }
    Ok(rows as f64 / started.elapsed().as_secs_f64())
}
