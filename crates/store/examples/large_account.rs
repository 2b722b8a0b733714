//! What a user with many conversations costs: `cargo run --release -p parlor-store --example large_account`.
//!
//! Syncs that find nothing new, in parts and at once, and pages of the list, on SQLite and on PostgreSQL. Figures depend
//! on the machine; compare them with each other, and one size with another.

use std::{sync::Arc, time::Instant};

use chat::{
    Actor, ConversationId, ConversationKey, Decision, Limits, Timestamp, UserId, UserKey,
    accounts::{self, AnnounceUser, Profile},
    conversations::{self, CreateGroup, Name},
    sync::{Head, Position},
};
use parlor_store::{DatabaseUrl, KeyKind, Store, StoreOptions, SyncLimits};
use testkit::EphemeralPostgres;
use uuid::Uuid;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

const PART: usize = 1_000;
const PAGE: usize = 50;
const RUNS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let dir = tempfile::tempdir()?;
    let cluster = EphemeralPostgres::start().await?;
    for conversations in [100, 1_000, 10_000] {
        let file = dir.path().join(format!("{conversations}.db"));
        measure("SQLite", &DatabaseUrl::Sqlite(file), conversations).await?;
        cluster.execute(&format!("CREATE DATABASE of_{conversations}")).await?;
        measure("PostgreSQL", &cluster.url(&format!("of_{conversations}")), conversations).await?;
    }
    Ok(())
}

async fn measure(what: &str, url: &DatabaseUrl, count: usize) -> Result<(), AnyError> {
    let store = Store::open(url, StoreOptions { migrate: true, ..StoreOptions::default() }).await?;
    let user = fill(&store, count).await?;
    let position = Position {
        user_rev: Some(store.user_rev(user).await?),
        heads: Some((1..=count).map(|number| Head { conversation: id(number), rev: 0 }).collect()),
        ..Position::default()
    };
    let parts = parts(&position);
    let (mut part, mut whole, mut first, mut middle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    whole.push(timed(sync(&store, user, &position)).await?);
    let cursor = store.conversations(user, None, count / 2).await?.next;
    for _ in 0..RUNS {
        for asked in &parts {
            part.push(timed(sync(&store, user, asked)).await?);
        }
        first.push(timed(store.conversations(user, None, PAGE)).await?);
        middle.push(timed(store.conversations(user, cursor, PAGE)).await?);
    }
    println!(
        "{what:10} {count:>6} conversations: sync of a part {:>9.3} ms, of all {:>9.3} ms; list, first page {:>7.3} ms, middle {:>7.3} ms",
        median(part),
        median(whole),
        median(first),
        median(middle)
    );
    store.close().await;
    Ok(())
}

fn id(number: usize) -> ConversationId {
    ConversationId(Uuid::from_u128(number as u128))
}

/// As a client asks: a thousand heads at a time.
fn parts(whole: &Position) -> Vec<Position> {
    let heads = whole.heads.as_deref().unwrap_or_default();
    let mut after = None;
    let part = |heads: &[Head]| {
        let upto = heads.last().map(|head| head.conversation);
        let asked = Position { heads: Some(heads.to_vec()), after, upto, ..whole.clone() };
        after = upto;
        asked
    };
    heads.chunks(PART).map(part).collect()
}

async fn sync(store: &Store, user: UserKey, position: &Position) -> Result<(), AnyError> {
    let page = store.sync(user, position, &SyncLimits { rows: 1_000, changes_per_conversation: 500 }).await?;
    if page.reset || !page.conversations.is_empty() {
        return Err("something was new".into());
    }
    Ok(())
}

async fn timed<T, E: Into<AnyError>>(work: impl Future<Output = Result<T, E>>) -> Result<f64, AnyError> {
    let begun = Instant::now();
    work.await.map_err(Into::into)?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A user in so many groups, each with another time of activity.
async fn fill(store: &Store, count: usize) -> Result<UserKey, AnyError> {
    let user = UserKey(store.reserve_keys(KeyKind::Users, 1).await?);
    let ada = Actor { key: user, id: UserId::from_stored("ada") };
    let announce = AnnounceUser { id: ada.id.clone(), profile: Profile::default() };
    if let Decision::Write(plan) = accounts::announce(None, &announce, user, Timestamp(0)) {
        store.commit(0, &[Arc::new(plan)]).await?;
    }
    let first = store.reserve_keys(KeyKind::Conversations, count as i64).await?;
    let (limits, mut plans) = (Limits::default(), Vec::new());
    for number in 1..=count {
        let command =
            CreateGroup::parse(id(number), Name::parse("room", &limits)?, Vec::new(), &ada.id, &limits)?;
        let key = ConversationKey(first + number as i64 - 1);
        let now = Timestamp((number as i64 * 7_919) % 1_000_003);
        plans.push(Arc::new(conversations::create_group(&ada, &command, &[], &[], key, now)?));
    }
    for batch in plans.chunks(256) {
        store.commit(0, batch).await?;
    }
    Ok(user)
}
