//! What breaks, and what is left of it.

use std::{sync::Arc, time::Duration};

use chat::{MessageId, Plan, Write, accounts::Profile};
use store::{DatabaseUrl, Outcome, Store, StoreError, StoreOptions};
use testkit::{CuttingProxy, Database, EphemeralPostgres};

use crate::bed::{Bed, committed};

#[tokio::test]
async fn a_lane_connects_again_after_its_connection_was_cut() {
    let bed = Bed::postgres().await;
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    bed.send(&ada, room, "before").await;
    let facts = bed.facts(room).await;
    bed.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    let plan = Arc::new(bed.send_plan(&ada, &facts, MessageId(bed.uuid()), "after"));
    // The first try may still meet the dead connection; nothing of it is written then.
    let mut outcome = bed.store.commit(0, &[Arc::clone(&plan)]).await;
    if let Err(error) = &outcome {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
        outcome = bed.store.commit(0, &[plan]).await;
    }
    assert_eq!(committed(&outcome.unwrap()[0]).seq, 1);
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable_not_lost_work() {
    let cluster = EphemeralPostgres::start().await.unwrap();
    cluster.execute("CREATE DATABASE parlor").await.unwrap();
    let url = cluster.url("parlor");
    let options = StoreOptions { migrate: true, lanes: 1, ..Default::default() };
    let store = Store::open(&url, options.clone()).await.unwrap();
    store.reserve_keys(store::KeyKind::Users, 1).await.unwrap();
    drop(cluster);
    for _ in 0..3 {
        let error = store.reserve_keys(store::KeyKind::Users, 1).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    }
    assert!(matches!(Store::open(&url, options).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_query_that_hangs_is_given_up_in_time_and_the_next_one_is_answered() {
    let bed = Bed::postgres().await;
    let [ada] = bed.people(["ada"]).await;
    let timeout = Duration::from_millis(200);
    let options = StoreOptions { readers: 1, read_timeout: timeout, ..StoreOptions::default() };
    let store = Store::open(&bed.url, options).await.unwrap();
    let DatabaseUrl::Postgres(url) = &bed.url else { panic!() };
    let (mut client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let blocking = client.transaction().await.unwrap();
    blocking.batch_execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").await.unwrap();
    // The first has the only connection; the second waits for it no longer than that.
    let (first, second) = tokio::join!(store.user(ada.key), store.user(ada.key));
    for given_up in [first, second] {
        assert!(matches!(given_up, Err(StoreError::Unavailable(_))), "{given_up:?}");
    }
    blocking.commit().await.unwrap();
    // A busy machine may need longer than that for a new connection.
    while store.user(ada.key).await.is_err() {}
    assert_eq!(store.user(ada.key).await.unwrap().unwrap().id, ada.id);
}

#[tokio::test]
async fn a_database_that_another_server_has_is_refused_until_it_is_closed() {
    let database = Database::create().await.unwrap();
    let alone = |wait| StoreOptions { alone: Some(Duration::from_millis(wait)), ..StoreOptions::default() };
    let first = Store::open(&database.url, alone(60_000)).await.unwrap();
    let refused = Store::open(&database.url, alone(50)).await;
    assert!(matches!(refused, Err(StoreError::InUse(_))), "{refused:?}");
    // Tools of the command line share it.
    Store::open(&database.url, StoreOptions::default()).await.unwrap();
    let elsewhere = Database::create().await.unwrap();
    Store::open(&elsewhere.url, alone(50)).await.unwrap();
    first.close().await;
    Store::open(&database.url, alone(60_000)).await.unwrap();
}

#[tokio::test]
async fn who_lost_its_lock_takes_it_again() {
    let database = Database::create().await.unwrap();
    let alone = |wait| StoreOptions { alone: Some(Duration::from_millis(wait)), ..StoreOptions::default() };
    let _first = Store::open(&database.url, alone(60_000)).await.unwrap();
    let holders = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks \
         WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let DatabaseUrl::Postgres(url) = &database.url else { panic!() };
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // Cut twice: the second time there is something to cut only once it was taken again.
    for _ in 0..2 {
        let mut cut: i64 = 0;
        while cut == 0 {
            cut = client.query_one(holders, &[]).await.unwrap().get(0);
        }
    }
}

#[tokio::test]
async fn who_lost_its_lock_to_another_server_writes_nothing_more() {
    let database = Database::create().await.unwrap();
    let alone = |wait| StoreOptions { alone: Some(Duration::from_millis(wait)), ..StoreOptions::default() };
    let first = Store::open(&database.url, alone(50)).await.unwrap();
    first.reserve_keys(store::KeyKind::Users, 1).await.unwrap();
    let second = tokio::spawn({
        let url = database.url.clone();
        async move { Store::open(&url, alone(60_000)).await }
    });
    // It is next in the queue: whoever asks again comes behind it.
    let of_locks = "FROM pg_locks WHERE locktype = 'advisory' AND \
         database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while database.number(&format!("SELECT count(*) {of_locks} AND NOT granted")).await.unwrap() == 0 {}
    let cut = format!("SELECT count(pg_terminate_backend(pid)) {of_locks} AND granted");
    assert_eq!(database.number(&cut).await.unwrap(), 1);
    let second = second.await.unwrap().unwrap();
    first.taken_over().await;
    let refused = first.reserve_keys(store::KeyKind::Users, 1).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Unavailable(why) if why.contains("took it over")), "{refused}");
    second.reserve_keys(store::KeyKind::Users, 1).await.unwrap();
}

/// As when a network was cut without a word: PostgreSQL still has the session, and the lock in it.
#[tokio::test]
async fn who_was_cut_off_takes_its_lock_from_its_own_session_of_before() {
    let database = Database::create().await.unwrap();
    let proxy = CuttingProxy::start(database.port).await.unwrap();
    let url = DatabaseUrl::Postgres(format!("postgres://postgres@{}/{}", proxy.addr, database.name));
    let options = StoreOptions { alone: Some(Duration::from_millis(50)), ..StoreOptions::default() };
    let store = Store::open(&url, options).await.unwrap();
    let holder = "SELECT COALESCE(min(pid), 0)::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND \
         database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let before = database.number(holder).await.unwrap();
    assert_ne!(before, 0);
    proxy.abandon_sessions();
    loop {
        let written = store.reserve_keys(store::KeyKind::Users, 1).await;
        if let Err(error) = &written {
            assert!(!error.to_string().contains("took it over"), "it was its own session: {error}");
        }
        let again = database.number(holder).await.unwrap();
        if written.is_ok() && ![0, before].contains(&again) {
            break;
        }
    }
}

#[tokio::test]
async fn a_batch_that_sqlite_cannot_write_fails_as_a_whole_and_leaves_nothing() {
    let bed = Bed::sqlite().await;
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let facts = bed.facts(room).await;
    // The second message of a batch meets a fault that is no conflict: a trigger stands in for the disk.
    bed.execute(
        "CREATE TRIGGER fault BEFORE INSERT ON messages WHEN new.body = 'poison' \
         BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    )
    .await;
    let plan = |body| Arc::new(bed.send_plan(&ada, &facts, MessageId(bed.uuid()), body));
    let error = bed.store.commit(0, &[plan("good"), plan("poison"), plan("good")]).await.unwrap_err();
    assert!(!error.to_string().contains("poison"), "no body in {error}");
    assert_eq!(bed.seen(&ada, room).await.last_seq, 0);
    let outcomes = bed.store.commit(0, &[plan("good")]).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Committed(given)] if given.seq == 0));
}

#[tokio::test]
async fn a_send_that_fails_half_way_leaves_nothing_and_takes_nobody_with_it() {
    let bed = Bed::sqlite().await;
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let [one, two] = [bed.group(&ada, &[&bob]).await, bed.group(&ada, &[&bob]).await];
    let [one_facts, two_facts] = [bed.facts(one).await, bed.facts(two).await];
    // The message stands and the counters have moved when its change meets the fault.
    bed.execute(&format!(
        "CREATE TRIGGER fault BEFORE INSERT ON changes WHEN new.conversation = {} \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
        two_facts.key.0
    ))
    .await;
    let plan = |facts| Arc::new(bed.send_plan(&ada, facts, MessageId(bed.uuid()), "hi"));
    let batch = [plan(&one_facts), plan(&two_facts), plan(&one_facts)];
    let outcomes = bed.store.commit(0, &batch).await.unwrap();
    assert_eq!((committed(&outcomes[0]).seq, committed(&outcomes[2]).seq), (0, 1));
    assert!(matches!(outcomes[1], Outcome::Failed(StoreError::Internal(_))), "{:?}", outcomes[1]);
    assert_eq!(bed.all(&ada, one).await.len(), 2);
    assert_eq!((bed.all(&ada, two).await.len(), bed.seen(&ada, two).await.last_seq), (0, 0));
}

#[tokio::test]
async fn a_group_that_the_engine_rolled_back_is_answered_as_failed_by_all() {
    let bed = Bed::sqlite().await;
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let facts = bed.facts(room).await;
    // Sends before it stand when another kind of plan makes the engine end the transaction.
    bed.execute(
        "CREATE TRIGGER fault BEFORE UPDATE OF display_name ON users \
         BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END",
    )
    .await;
    let renamed = Plan {
        writes: vec![Write::Profile { user: bob.key, profile: Profile::default() }],
        ..Plan::default()
    };
    let send = || Arc::new(bed.send_plan(&ada, &facts, MessageId(bed.uuid()), "hi"));
    bed.store.commit(0, &[send(), Arc::new(renamed), send()]).await.unwrap_err();
    assert_eq!((bed.all(&ada, room).await.len(), bed.seen(&ada, room).await.last_seq), (0, 0));
    assert_eq!(committed(&bed.store.commit(0, &[send()]).await.unwrap()[0]).seq, 0, "the writer goes on");
}

#[tokio::test]
async fn one_caller_s_fault_is_not_another_s() {
    let bed = Arc::new(Bed::sqlite().await);
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let facts = bed.facts(room).await;
    bed.execute(
        "CREATE TRIGGER fault BEFORE INSERT ON messages WHEN new.body = 'poison' \
         BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
    )
    .await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let body = if n % 5 == 0 { "poison" } else { "good" };
        let plan = Arc::new(bed.send_plan(&ada, &facts, MessageId(bed.uuid()), body));
        let store = bed.store.clone();
        tasks.spawn(async move { (body == "good", store.commit(0, &[plan]).await.is_ok()) });
    }
    for (good, written) in tasks.join_all().await {
        assert_eq!(good, written);
    }
    assert_eq!(bed.all(&ada, room).await.len(), 16);
}
