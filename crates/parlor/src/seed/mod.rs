//! Filling a database with people, conversations and messages, to try things with and to measure.
//!
//! Everything is decided by the rules and written as plans, in large batches, each of them whole or not at all; so whatever holds of a
//! database that clients have filled holds of this one, after each batch too.

mod chance;
mod progress;
mod text;
mod traffic;
mod world;

use std::{sync::Arc, time::Duration};

use chance::Chance;
use progress::Progress;
use service::chat::{
    ConversationKey, Environment, Limits, Plan, Timestamp, UserId, conversations::ConversationFacts,
};
use store::{DatabaseUrl, KeyKind, Store, StoreOptions};
use traffic::Burst;
use world::{People, circles, found, refused};

use crate::Failure;

/// Rows of one kind in one commit.
const ROWS: usize = 4_096;

/// The time over which messages are spread, up to now.
const SPAN_MS: i64 = 365 * 24 * 3600 * 1000;

/// How long a batch may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// Which conversations there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversations {
    /// So many, direct ones and groups of all sizes; some people are in many, most in few.
    Mixed(usize),
    /// Direct ones only, so many for each user: an even number.
    PerUser(usize),
}

/// What a database is filled with.
#[derive(Debug, Clone)]
pub struct SeedOptions {
    /// How many messages.
    pub messages: u64,
    /// How many users.
    pub users: usize,
    /// Which conversations.
    pub conversations: Conversations,
    /// Users are called `{prefix}-0`, `{prefix}-1` and so on.
    pub prefix: String,
    /// The same seed makes the same conversations and messages.
    pub seed: u64,
    /// Add to what is there.
    pub append: bool,
    /// The most members of a group.
    pub group_members: usize,
    /// Tell nothing on the way.
    pub quiet: bool,
}

impl Default for SeedOptions {
    fn default() -> Self {
        Self {
            messages: 100_000,
            users: 500,
            conversations: Conversations::Mixed(1_000),
            prefix: "seed".into(),
            seed: 1,
            append: false,
            group_members: Limits::default().group_members,
            quiet: false,
        }
    }
}

/// Fills a database; one that holds users is refused, unless it is asked to add to them.
///
/// # Errors
/// [`Failure::Config`] for numbers that do not fit together and for a database that is not empty; the store's.
pub async fn seed(
    url: &DatabaseUrl,
    options: &SeedOptions,
    environment: &dyn Environment,
) -> Result<(), Failure> {
    check(options)?;
    let alone = Some(Duration::from_secs(1));
    let store = Store::open(
        url,
        StoreOptions { lanes: 1, migrate: true, commit_timeout: PATIENCE, alone, ..StoreOptions::default() },
    )
    .await?;
    let filled = fill(&store, url, options, environment.now()).await;
    store.close().await;
    filled
}

fn check(options: &SeedOptions) -> Result<(), Failure> {
    let wrong = |text: String| Err(Failure::Config(text));
    let last = format!("{}-{}", options.prefix, options.users);
    UserId::parse(&last, "--prefix").map_err(refused)?;
    let conversations = match options.conversations {
        Conversations::Mixed(count) => count,
        Conversations::PerUser(each) if each % 2 == 1 || each >= options.users.max(1) => {
            return wrong(format!("--conversations-per-user must be even and less than --users; got {each}"));
        }
        Conversations::PerUser(each) => options.users * each / 2,
    };
    if conversations > 0 && options.users < 2 {
        return wrong("a conversation needs two people; --users must be at least 2".into());
    }
    if options.messages > 0 && conversations == 0 {
        return wrong("messages need a conversation; give --conversations, or --messages 0".into());
    }
    Ok(())
}

async fn fill(
    store: &Store,
    url: &DatabaseUrl,
    options: &SeedOptions,
    now: Timestamp,
) -> Result<(), Failure> {
    refuse_what_is_there(store, url, options).await?;
    let mut chance = Chance::new(options.seed);
    let start = Timestamp(now.0 - SPAN_MS);
    let people = People::new(options, store.reserve_keys(KeyKind::Users, options.users as i64).await?);
    let mut writer = Writer::new(store, options.quiet);

    writer.begin("users", options.users as u64);
    for first in (0..people.count).step_by(ROWS) {
        let some = first..(first + ROWS).min(people.count);
        writer.add(some.len(), people.plan(some, start)).await?;
    }
    writer.finish().await?;
    let facts = make_conversations(&mut writer, options, &people, start, &mut chance).await?;
    let seqs = send_messages(&mut writer, options, &facts, start, &mut chance).await?;

    writer.begin("read marks", facts.iter().map(|one| one.members.iter().len() as u64).sum());
    for (facts, &last_seq) in facts.iter().zip(&seqs) {
        if last_seq > 0 {
            writer.add(facts.members.iter().len(), traffic::read(facts, last_seq, &mut chance)?).await?;
        }
    }
    writer.finish().await?;
    // Else the first server would begin with it.
    Ok(service::jobs::counting::count(store.clone(), None).await?)
}

async fn refuse_what_is_there(
    store: &Store,
    url: &DatabaseUrl,
    options: &SeedOptions,
) -> Result<(), Failure> {
    if !options.append && store.has_users().await? {
        return Err(Failure::Config(format!(
            "{url} is not empty (a seed that was interrupted leaves what it had written); give an empty database, or \
             add to this one with --append"
        )));
    }
    let first = UserId::from_stored(&format!("{}-0", options.prefix));
    if !store.users(&[first]).await?.is_empty() {
        let prefix = &options.prefix;
        return Err(Failure::Config(format!(
            "users {prefix}-0 … are there already; choose another --prefix"
        )));
    }
    Ok(())
}

async fn make_conversations(
    writer: &mut Writer<'_>,
    options: &SeedOptions,
    people: &People,
    start: Timestamp,
    chance: &mut Chance,
) -> Result<Vec<ConversationFacts>, Failure> {
    let circles = circles(options, chance);
    let first_key = writer.store.reserve_keys(KeyKind::Conversations, circles.len() as i64).await?;
    writer.begin("conversations", circles.len() as u64);
    let mut all = Vec::with_capacity(circles.len());
    for (key, circle) in (first_key..).map(ConversationKey).zip(&circles) {
        let (plan, facts) = found(circle, people, key, start, chance)?;
        // Each member is rows in three tables.
        writer.rows += 3 * facts.members.iter().len();
        all.push(facts);
        writer.add(1, plan).await?;
    }
    writer.finish().await?;
    Ok(all)
}

/// Sends all messages; how many each conversation got.
async fn send_messages(
    writer: &mut Writer<'_>,
    options: &SeedOptions,
    facts: &[ConversationFacts],
    start: Timestamp,
    chance: &mut Chance,
) -> Result<Vec<i64>, Failure> {
    let mut seqs = vec![0; facts.len()];
    let mut number = 0_i64;
    writer.begin("messages", options.messages);
    let total = i64::try_from(options.messages.max(1)).unwrap_or(i64::MAX);
    let mut clock = || {
        number += 1;
        Timestamp(start.0 + (SPAN_MS as i128 * number as i128 / total as i128) as i64)
    };
    for burst in traffic::bursts(facts.len(), options.messages, chance) {
        let Burst { conversation, messages } = burst;
        seqs[conversation] += messages as i64;
        let plan = traffic::say(&burst, &facts[conversation], &mut clock, chance)?;
        writer.add(messages, plan).await?;
    }
    writer.finish().await?;
    Ok(seqs)
}

/// Gathers plans and commits them in batches; the next batch is made while the last one is written.
struct Writer<'s> {
    store: &'s Store,
    quiet: bool,
    batch: Vec<Arc<Plan>>,
    /// Rows of the batch, and what of it counts as progress.
    rows: usize,
    counted: u64,
    under_way: Option<tokio::task::JoinHandle<Result<u64, Failure>>>,
    progress: Progress,
}

impl<'s> Writer<'s> {
    fn new(store: &'s Store, quiet: bool) -> Self {
        let progress = Progress::of("", 0, quiet);
        Self { store, quiet, batch: Vec::new(), rows: 0, counted: 0, under_way: None, progress }
    }

    fn begin(&mut self, what: &'static str, total: u64) {
        self.progress = Progress::of(what, total, self.quiet);
    }

    async fn add(&mut self, count: usize, plan: Plan) -> Result<(), Failure> {
        self.batch.push(Arc::new(plan));
        self.rows += count;
        self.counted += count as u64;
        if self.rows >= ROWS { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.settle().await?;
        let (batch, counted) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.counted));
        self.rows = 0;
        let store = self.store.clone();
        self.under_way = Some(tokio::spawn(async move {
            store.load(&batch).await?;
            Ok(counted)
        }));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Failure> {
        if let Some(task) = self.under_way.take() {
            let died = |error| Failure::Outside(format!("a commit died: {error}"));
            self.progress.add(task.await.map_err(died)??);
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Failure> {
        self.flush().await?;
        self.settle().await?;
        std::mem::replace(&mut self.progress, Progress::of("", 0, self.quiet)).finish();
        Ok(())
    }
}
