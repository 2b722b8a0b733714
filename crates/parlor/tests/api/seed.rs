//! `parlor dev seed`: what it leaves is a database as clients would have filled it.

use std::collections::HashSet;

use parlor::seed::{Conversations, SeedOptions, seed};
use service::chat::{Environment, UserId};
use store::{DatabaseUrl, Store, StoreOptions};
use testkit::{
    Backend, Database, TestEnvironment,
    checker::{Dump, Entry, History, Promise, What, check},
    dump,
};

use crate::on_both;

on_both!(
    numbers_streams_and_unread_hold,
    unread_is_the_plain_count_where_blocks_are_summed,
    a_database_that_is_not_empty_is_refused,
    everybody_in_a_ring_has_as_many_conversations,
);

/// A database, and the folder of its file if it is one.
async fn empty(backend: Backend) -> (DatabaseUrl, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let url = match backend {
        Backend::Sqlite => DatabaseUrl::Sqlite(dir.path().join("parlor.db")),
        Backend::Postgres => Database::create().await.unwrap().url,
    };
    (url, dir)
}

fn small() -> SeedOptions {
    SeedOptions {
        messages: 3_000,
        users: 60,
        conversations: Conversations::Mixed(40),
        quiet: true,
        ..SeedOptions::default()
    }
}

async fn fill(url: &DatabaseUrl, options: &SeedOptions) -> Result<(), String> {
    seed(url, options, &TestEnvironment::default()).await.map_err(|failure| failure.to_string())
}

/// What the database holds, with the unread counts that the store gives.
async fn held(url: &DatabaseUrl) -> Dump {
    let mut dump = dump(url).await.unwrap();
    dump.conversations.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let store = Store::open(url, StoreOptions::default()).await.unwrap();
    for conversation in &mut dump.conversations {
        conversation.members.sort_unstable_by(|a, b| a.user.cmp(&b.user));
        for member in &mut conversation.members {
            let id = UserId::parse(&member.user, "user").unwrap();
            let user = store.users(&[id]).await.unwrap().pop().unwrap();
            let id = conversation.id.parse().unwrap();
            let seen = store.conversation(user.key, id).await.unwrap().unwrap();
            member.unread = Some(seen.unread.try_into().unwrap());
        }
    }
    store.close().await;
    dump
}

/// Everything stored was sent by a client of its sender.
fn history(dump: &Dump) -> History {
    let users: Vec<_> = dump.users.iter().map(|user| user.id.clone()).collect();
    let rows = dump.conversations.iter().flat_map(|conversation| &conversation.messages);
    let entries = (0..).zip(rows).map(|(attempt, row)| {
        let message = &row.message;
        let client = users.iter().position(|user| *user == message.sender).unwrap();
        let (conversation, id) = (message.conversation.clone(), message.id.clone());
        Entry { client, what: What::Invoked { attempt, conversation, id, body: message.body.clone() } }
    });
    let entries = entries.collect();
    History { users, entries }
}

async fn numbers_streams_and_unread_hold(backend: Backend) {
    let (url, _dir) = empty(backend).await;
    fill(&url, &small()).await.unwrap();
    let dump = held(&url).await;
    assert_eq!(check(&history(&dump), &dump), []);
    let report = Store::check(&url, TestEnvironment::default().now()).await.unwrap();
    assert_eq!((report.broken(), report.rows.messages), (0, 3_000), "{report:?}");

    let mut sizes: Vec<_> = dump.conversations.iter().map(|one| one.messages.len()).collect();
    sizes.sort_unstable();
    assert_eq!((dump.users.len(), sizes.len(), sizes.iter().sum()), (60, 40, 3_000));
    assert!(sizes[39] > 5 * sizes[20], "few conversations are busy: {sizes:?}");
    let members = || dump.conversations.iter().flat_map(|one| &one.members);
    let read = members().filter(|member| member.unread == Some(0)).count();
    let behind = members().count() - read;
    assert!(read > 10 && behind > 10, "{read} have read everything, {behind} have not");
    assert!(dump.users.iter().all(|user| user.last_user_rev == user.changes.len() as u64));
}

/// Few conversations, so that most have several blocks that are counted, and marks are anywhere in them.
async fn unread_is_the_plain_count_where_blocks_are_summed(backend: Backend) {
    let (url, _dir) = empty(backend).await;
    let conversations = Conversations::Mixed(4);
    fill(&url, &SeedOptions { messages: 16_000, conversations, users: 30, ..small() }).await.unwrap();
    let dump = held(&url).await;
    let sent = History::default();
    let found: Vec<_> = check(&sent, &dump).into_iter().filter(|one| one.promise == Promise::G6).collect();
    assert_eq!(found, []);
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    assert_eq!(store.uncounted(0).await.unwrap(), (vec![], None), "all that makes a step is counted");
    store.close().await;
    let many = dump.conversations.iter().flat_map(|one| &one.members).filter(|one| one.unread > Some(2048));
    assert!(many.count() > 0, "somebody has whole blocks unread");
}

async fn a_database_that_is_not_empty_is_refused(backend: Backend) {
    let (url, _dir) = empty(backend).await;
    fill(&url, &small()).await.unwrap();
    let refused = fill(&url, &small()).await.unwrap_err();
    assert!(refused.contains("--append"), "{refused}");
    let refused = fill(&url, &SeedOptions { append: true, ..small() }).await.unwrap_err();
    assert!(refused.contains("--prefix"), "{refused}");
    assert_eq!(dump(&url).await.unwrap().users.len(), 60, "nothing was added");

    let more = SeedOptions { append: true, prefix: "more".into(), seed: 2, ..small() };
    fill(&url, &more).await.unwrap();
    let dump = held(&url).await;
    assert_eq!((dump.users.len(), dump.conversations.len()), (120, 80));
    assert_eq!(check(&history(&dump), &dump), []);
}

async fn everybody_in_a_ring_has_as_many_conversations(backend: Backend) {
    let (url, _dir) = empty(backend).await;
    let conversations = Conversations::PerUser(4);
    fill(&url, &SeedOptions { messages: 0, users: 10, conversations, ..small() }).await.unwrap();
    let dump = held(&url).await;
    assert_eq!(check(&History::default(), &dump), []);
    assert_eq!(dump.conversations.len(), 20);
    for number in 0..10 {
        let user = format!("seed-{number}");
        let others: HashSet<_> = dump
            .conversations
            .iter()
            .filter(|one| one.members.iter().any(|member| member.user == user))
            .flat_map(|one| one.members.iter().map(|member| &member.user))
            .filter(|other| **other != user)
            .collect();
        assert_eq!(others.len(), 4, "{user} talks with {others:?}");
    }
}

#[tokio::test]
async fn the_same_seed_fills_both_engines_alike() {
    let ((sqlite, _file), (postgres, _)) = (empty(Backend::Sqlite).await, empty(Backend::Postgres).await);
    let mut held_by = Vec::new();
    for url in [&sqlite, &postgres] {
        fill(url, &small()).await.unwrap();
        held_by.push(held(url).await);
    }
    for (one, other) in held_by[0].conversations.iter().zip(&held_by[1].conversations) {
        assert_eq!(one.messages, other.messages);
        assert_eq!(format!("{:?}", one.members), format!("{:?}", other.members));
    }
}

#[tokio::test]
async fn numbers_that_do_not_fit_together_are_refused() {
    let (url, _dir) = empty(Backend::Sqlite).await;
    let per_user = |each| SeedOptions { conversations: Conversations::PerUser(each), ..small() };
    let without = SeedOptions { conversations: Conversations::Mixed(0), ..small() };
    for (options, named) in [
        (SeedOptions { users: 1, ..small() }, "--users"),
        (without, "--conversations"),
        (per_user(3), "--conversations-per-user"),
        (per_user(60), "--conversations-per-user"),
        (SeedOptions { prefix: "a\nb".into(), ..small() }, "user id"),
    ] {
        let refused = fill(&url, &options).await.unwrap_err();
        assert!(refused.contains(named), "{refused}");
    }
}
