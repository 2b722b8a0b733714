//! Copies of a database that is in use.

use std::sync::Arc;

use chat::MessageId;
use store::{DatabaseUrl, Outcome, Store, StoreError, StoreOptions};

use crate::bed::Bed;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_what_was_acknowledged_before_it_without_a_gap() {
    let bed = Arc::new(Bed::sqlite().await);
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let facts = bed.facts(room).await;
    for _ in 0..20 {
        bed.send(&ada, room, "before").await;
    }
    let (sending, sender) = (bed.clone(), ada.clone());
    let load = tokio::spawn(async move {
        for _ in 0..300 {
            let plan = sending.send_plan(&sender, &facts, MessageId(sending.uuid()), "meanwhile");
            assert!(matches!(sending.commit(plan).await, Outcome::Committed(_)));
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("copy.db");
    Store::back_up(&bed.url, &target).await.unwrap();
    load.await.unwrap();
    let copy = Store::open(&DatabaseUrl::Sqlite(target), StoreOptions::default()).await.unwrap();
    let range = store::HistoryRange::default();
    let page = copy.history(ada.key, room, range, 1_000).await.unwrap().unwrap();
    let seqs: Vec<i64> = page.items.iter().rev().map(|message| message.seq).collect();
    assert!((20..=320).contains(&seqs.len()), "{}", seqs.len());
    assert_eq!(seqs, (1..=seqs.len() as i64).collect::<Vec<_>>());
    let facts = copy.conversation_facts(&[room]).await.unwrap().pop().unwrap();
    assert_eq!(facts.last_rev, seqs.len() as i64);
    assert_eq!(copy.conversation_changes(facts.key, 0, 1_000).await.unwrap().len(), seqs.len());
}

#[tokio::test]
async fn postgres_is_backed_up_by_its_own_tools() {
    let bed = Bed::postgres().await;
    let error = Store::back_up(&bed.url, "copy.db".as_ref()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Config(why) if why.contains("pg_dump")), "{error}");
}
