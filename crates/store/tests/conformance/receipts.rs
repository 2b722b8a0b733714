//! Read marks and what is left unread.

use chat::messages::Kind;
use proptest::{prelude::*, test_runner::TestRunner};
use store::Outcome;

use crate::{
    bed::{Bed, committed},
    on_both_engines,
};

on_both_engines!(
    a_mark_never_moves_back,
    who_joins_later_has_nothing_unread_from_before,
    reading_takes_a_number_of_the_reader_s_own_stream,
    unread_is_the_plain_count,
    what_is_unsent_in_a_counted_block_counts_no_more,
);

async fn a_mark_never_moves_back(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=5 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    let key = bed.facts(room).await.key;
    assert!(bed.read(&bob, room, 4).await.is_some());
    // A plan that was decided on older facts, as from another device, does not move it back either.
    let plan = chat::Plan {
        writes: vec![chat::Write::ReadMark { user: bob.key, conversation: key, read_seq: 2 }],
        ..chat::Plan::default()
    };
    assert!(matches!(bed.commit(plan).await, Outcome::Committed(_)));
    let seen = bed.seen(&bob, room).await;
    assert_eq!((seen.read_seq, seen.unread), (4, 1));
    assert_eq!(bed.seen(&ada, room).await.unread, 0, "his own are never unread to him");
}

async fn who_joins_later_has_nothing_unread_from_before(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    for n in 1..=4 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    bed.commit(bed.join_plan(&eve, &bed.facts(room).await)).await;
    bed.send(&ada, room, "welcome").await;
    assert_eq!(bed.seen(&eve, room).await.unread, 1);
    let key = bed.facts(room).await.key;
    assert_eq!(bed.store.read_facts(eve.key, key, 0).await.unwrap().unwrap().unread, 1);
}

async fn what_is_unsent_in_a_counted_block_counts_no_more(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let mut sent = Vec::new();
    for n in 1..=150 {
        sent.push(bed.send(if n % 3 == 0 { &bob } else { &ada }, room, "x").await.id);
    }
    let (uncounted, _) = bed.store.uncounted(0).await.unwrap();
    assert!(!uncounted.is_empty(), "blocks are full");
    for blocks in uncounted {
        bed.store.count(blocks).await.unwrap();
    }
    assert_eq!((bed.seen(&ada, room).await.unread, bed.seen(&bob, room).await.unread), (50, 100));
    // In the first block, at its edges, and beyond what is counted; of each of them.
    for (at, ada_s, bob_s) in [(0, 50, 99), (2, 49, 99), (31, 49, 98), (32, 48, 98), (149, 47, 98)] {
        bed.unsend(if at % 3 == 2 { &bob } else { &ada }, room, sent[at]).await;
        let unread = (bed.seen(&ada, room).await.unread, bed.seen(&bob, room).await.unread);
        assert_eq!(unread, (ada_s, bob_s), "after {at}");
    }
    let report = store::Store::check(&bed.url, chat::Timestamp(0)).await.unwrap();
    let broken: Vec<_> = report.rules.iter().filter(|rule| rule.found > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn reading_takes_a_number_of_the_reader_s_own_stream(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let (one, two) = (bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await);
    bed.send(&ada, one, "1").await;
    for n in 1..=3 {
        bed.send(&ada, two, &n.to_string()).await;
    }
    let facts = bed.store.read_facts(bob.key, bed.facts(two).await.key, 2).await.unwrap().unwrap();
    assert_eq!((facts.last_seq, facts.read_seq, facts.unread, facts.unread_elsewhere), (3, 0, 1, 1));
    let before = bed.store.user_rev(bob.key).await.unwrap();
    let outcome = bed.read(&bob, two, 2).await.unwrap();
    assert_eq!(committed(&outcome).user_revs, [(bob.key, before)]);
    assert_eq!(bed.store.user_rev(bob.key).await.unwrap(), before + 1);
    assert!(bed.read(&bob, two, 2).await.is_none(), "nothing moves, nothing is written");
}

#[derive(Debug, Clone)]
enum Step {
    Send { by: usize, room: usize },
    Read { by: usize, room: usize, seq: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..3_usize, 0..2_usize).prop_map(|(by, room)| Step::Send { by, room }),
        1 => (0..3_usize, 0..2_usize, 0..12_i64).prop_map(|(by, room, seq)| Step::Read { by, room, seq }),
    ];
    prop::collection::vec(step, 1..30)
}

async fn unread_is_the_plain_count(bed: Bed) {
    let people = bed.people(["ada", "bob", "eve"]).await;
    let handle = tokio::runtime::Handle::current();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    tokio::task::block_in_place(|| {
        TestRunner::new(config)
            .run(&steps(), |steps| {
                handle.block_on(check_unread(&bed, &people, &steps));
                Ok(())
            })
            .unwrap();
    });
}

async fn check_unread(bed: &Bed, people: &[chat::Actor; 3], steps: &[Step]) {
    let mut rooms = Vec::new();
    for _ in 0..2 {
        rooms.push(bed.group(&people[0], &[&people[1], &people[2]]).await);
    }
    for step in steps {
        match step {
            Step::Send { by, room } => drop(bed.send(&people[*by], rooms[*room], "x").await),
            Step::Read { by, room, seq } => drop(bed.read(&people[*by], rooms[*room], *seq).await),
        }
    }
    for person in people {
        let list = bed.store.conversations(person.key, None, 100).await.unwrap().items;
        let mut counts = Vec::new();
        for conversation in &list {
            let waiting = bed.all(person, conversation.id).await.into_iter().filter(|message| {
                message.seq > conversation.read_seq
                    && message.sender_id != person.id
                    && message.kind != Kind::System
            });
            counts.push(waiting.count() as i64);
        }
        assert_eq!(list.iter().map(|conversation| conversation.unread).collect::<Vec<_>>(), counts);
        for (conversation, count) in list.iter().zip(&counts) {
            let facts = bed.store.read_facts(person.key, conversation.key, 0).await.unwrap().unwrap();
            let elsewhere = counts.iter().sum::<i64>() - count;
            assert_eq!((facts.unread, facts.unread_elsewhere), (*count, elsewhere));
        }
    }
}
