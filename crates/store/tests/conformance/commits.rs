//! Plans: order, gaplessness, guards, what a batch may mix.

use std::sync::Arc;

use chat::{MessageId, Plan, Write};
use store::Outcome;
use uuid::Uuid;

use crate::{
    bed::{Bed, committed},
    on_both_engines,
};

on_both_engines!(
    sends_of_many_tasks_have_no_gap_whatever_is_refused,
    a_repeated_id_is_stored_once,
    repeats_within_one_batch_are_stored_once,
    who_joined_since_makes_the_guard_miss_and_nothing_is_written,
    a_join_in_the_middle_of_a_batch_is_seen_by_what_follows,
    a_batch_mixes_plans_of_every_kind,
    a_plan_that_founds_a_conversation_may_write_in_it,
    a_plan_on_what_is_not_there_misses,
    reserved_keys_are_never_given_twice,
    what_was_committed_is_there_after_a_restart,
);

async fn sends_of_many_tasks_have_no_gap_whatever_is_refused(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let rooms = [bed.group(&ada, &[&bob]).await, bed.group(&ada, &[&bob]).await];
    let (bed, ada) = (Arc::new(bed), Arc::new(ada));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..32_u64 {
        let (bed, ada) = (Arc::clone(&bed), Arc::clone(&ada));
        tasks.spawn(async move {
            let mut random = task * 2_654_435_761 + 1;
            let mut acked = Vec::new();
            for step in 0..8_u64 {
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let room = rooms[(random >> 33) as usize % 2];
                let facts = bed.facts(room).await;
                // One id in four is used by another task too; one plan in four rests on a stale fact.
                let shared = (random >> 40) % 4 == 0;
                let id = if shared { step as u128 } else { u128::from(task + 1) << 32 | u128::from(step) };
                let mut plan = bed.send_plan(&ada, &facts, MessageId(Uuid::from_u128(id)), "hi");
                let stale = (random >> 50) % 4 == 0;
                if let [chat::Guard::MembersRev { members_rev, .. }, ..] = &mut plan.guards[..] {
                    *members_rev += i64::from(stale);
                }
                let lane = (facts.key.0 as usize) % bed.store.lanes();
                let outcome = bed.store.commit(lane, &[Arc::new(plan)]).await.unwrap().pop().unwrap();
                assert!(!stale || outcome == Outcome::GuardMissed);
                assert!(stale || shared || outcome != Outcome::GuardMissed);
                if let Outcome::Committed(given) = outcome {
                    acked.push((room, given.seq + 1, given.rev + 1, Uuid::from_u128(id)));
                }
            }
            acked
        });
    }
    let acked = tasks.join_all().await.concat();
    for room in rooms {
        let stored = bed.all(&ada, room).await;
        let numbers: Vec<_> = stored.iter().map(|message| message.seq).collect();
        assert_eq!(numbers, (1..=stored.len() as i64).collect::<Vec<_>>());
        let mut expected: Vec<_> =
            acked.iter().filter(|ack| ack.0 == room).map(|a| (a.1, a.2, a.3)).collect();
        expected.sort_unstable();
        assert_eq!(stored.iter().map(|m| (m.seq, m.rev, m.id.0)).collect::<Vec<_>>(), expected);
        let changes = bed.store.conversation_changes(bed.facts(room).await.key, 0, 10_000).await.unwrap();
        assert_eq!(changes.iter().map(|c| c.rev).collect::<Vec<_>>(), numbers, "one change for each message");
    }
}

async fn a_repeated_id_is_stored_once(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let facts = bed.facts(room).await;
    let id = MessageId(bed.uuid());
    assert_eq!(committed(&bed.commit(bed.send_plan(&ada, &facts, id, "hi")).await).seq, 0);
    assert_eq!(bed.commit(bed.send_plan(&ada, &facts, id, "hi")).await, Outcome::GuardMissed);
    assert_eq!(bed.commit(bed.send_plan(&bob, &facts, id, "ho")).await, Outcome::GuardMissed);

    let stored = bed.store.stored_message(ada.key, facts.key, id).await.unwrap().unwrap();
    assert_eq!(stored.message, bed.all(&ada, room).await.pop().unwrap());
    let Write::Message(new) = &bed.send_plan(&ada, &facts, id, "hi").writes[0] else { panic!() };
    assert_eq!(stored.request_hash, new.request_hash);
    assert_eq!(bed.store.stored_message(ada.key, facts.key, MessageId(bed.uuid())).await.unwrap(), None);
}

async fn repeats_within_one_batch_are_stored_once(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let facts = bed.facts(bed.group(&ada, &[&bob]).await).await;
    let (id, other) = (MessageId(bed.uuid()), MessageId(bed.uuid()));
    let batch = [id, other, id].map(|id| Arc::new(bed.send_plan(&ada, &facts, id, "hi")));
    let outcomes = bed.store.commit(0, &batch).await.unwrap();
    assert_eq!((committed(&outcomes[0]).seq, committed(&outcomes[1]).seq), (0, 1));
    assert_eq!(outcomes[2], Outcome::GuardMissed);
}

async fn who_joined_since_makes_the_guard_miss_and_nothing_is_written(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let before = bed.facts(room).await;
    bed.commit(bed.join_plan(&eve, &before)).await;
    let after = bed.facts(room).await;
    assert_eq!((before.members.rev, after.members.rev), (1, 2));
    assert!(after.members.get(eve.key).is_some());

    let sent = bed.commit(bed.send_plan(&ada, &before, MessageId(bed.uuid()), "hi")).await;
    assert_eq!(sent, Outcome::GuardMissed);
    let seen = bed.seen(&ada, room).await;
    assert_eq!((seen.last_seq, seen.last_rev, seen.last_message), (0, 0, None));
    assert_eq!(bed.store.conversation_changes(before.key, 0, 10).await.unwrap(), []);
    let names: Vec<_> = seen.participants.iter().map(|(user, _)| user.id.as_str().to_owned()).collect();
    assert_eq!(names, ["ada", "bob", "eve"], "in the order of joining");
    assert_eq!(bed.commit(bed.join_plan(&eve, &after)).await, Outcome::GuardMissed, "she is in it");
    assert_eq!(bed.facts(room).await, after);
}

async fn a_join_in_the_middle_of_a_batch_is_seen_by_what_follows(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let facts = bed.facts(bed.group(&ada, &[&bob]).await).await;
    let send = || Arc::new(bed.send_plan(&ada, &facts, MessageId(bed.uuid()), "hi"));
    let batch = [send(), Arc::new(bed.join_plan(&eve, &facts)), send()];
    let outcomes = bed.store.commit(0, &batch).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Committed(_), Outcome::Committed(_), Outcome::GuardMissed]));
}

async fn a_batch_mixes_plans_of_every_kind(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let (one, two) = (bed.group(&ada, &[&bob]).await, bed.group(&ada, &[&bob]).await);
    bed.send(&ada, one, "a").await;
    let (one_facts, two_facts) = (bed.facts(one).await, bed.facts(two).await);
    let send = |facts| bed.send_plan(&ada, facts, MessageId(bed.uuid()), "x");
    let read = |seq| Plan {
        guards: send(&one_facts).guards[..1].to_vec(),
        writes: vec![Write::ReadMark { user: bob.key, conversation: one_facts.key, read_seq: seq }],
        changes: vec![chat::Change::ConversationRead {
            user: bob.key,
            user_id: bob.id.clone(),
            mark: chat::receipts::ReadMark {
                conversation: one_facts.key,
                conversation_id: one,
                read_seq: seq,
                head_seq: 1,
                head_rev: 1,
                unread: 0,
                mentions: 0,
                total: 0,
                marked_unread: false,
            },
        }],
        ..Plan::default()
    };
    let profile = chat::accounts::Profile { name: Some("Robert".into()), ..Default::default() };
    let renamed = Plan { writes: vec![Write::Profile { user: bob.key, profile }], ..Plan::default() };
    let mut stale = send(&one_facts);
    stale.guards[0] = chat::Guard::MembersRev { conversation: one_facts.key, members_rev: 9 };
    let batch = [send(&one_facts), send(&two_facts), read(1), stale, send(&one_facts), renamed, read(2)];
    let outcomes = bed.store.commit(0, &batch.map(Arc::new)).await.unwrap();

    let given = |i: usize| committed(&outcomes[i]);
    assert_eq!((given(0).seq, given(0).rev), (1, 1));
    assert_eq!((given(1).seq, given(1).rev), (0, 0));
    // Joining two groups took his first two.
    assert_eq!(given(2).user_revs, [(bob.key, 2)]);
    assert_eq!(outcomes[3], Outcome::GuardMissed);
    assert_eq!((given(4).seq, given(4).rev), (2, 2));
    assert_eq!(given(6).user_revs, [(bob.key, 3)]);
    assert_eq!(bed.store.user_rev(bob.key).await.unwrap(), 4);
    let name = bed.store.user(bob.key).await.unwrap().unwrap().profile.name;
    assert_eq!(name.as_deref(), Some("Robert"));
    let seen = bed.seen(&bob, one).await;
    assert_eq!((seen.last_seq, seen.read_seq, seen.unread), (3, 2, 1));
    assert_eq!(seen.last_activity_at, seen.last_message.unwrap().created_at);
}

async fn a_plan_that_founds_a_conversation_may_write_in_it(bed: Bed) {
    use chat::{
        ConversationId, ConversationKey,
        conversations::{ConversationFacts, Kind, Member, Members, NewConversation, Role},
    };
    let [ada] = bed.people(["ada"]).await;
    let key = ConversationKey(bed.store.reserve_keys(store::KeyKind::Conversations, 1).await.unwrap());
    let id = ConversationId(bed.uuid());
    let member = Member { key: ada.key, id: ada.id.clone(), role: Role::Owner, position: 0 };
    let facts = ConversationFacts {
        key,
        id,
        kind: Kind::Group,
        last_rev: 0,
        blocked: false,
        requested: false,
        settings: chat::conversations::Settings::default(),
        members: Arc::new(Members::new(1, vec![member])),
    };
    let mut plan = bed.send_plan(&ada, &facts, MessageId(bed.uuid()), "first");
    plan.guards.clear();
    let new = NewConversation {
        key,
        id,
        kind: Kind::Group,
        name: Some("G".into()),
        direct_key: None,
        created_by: ada.key,
        created_at: bed.now(),
        member_count: 1,
    };
    plan.writes.insert(0, Write::Conversation(Arc::new(new)));
    plan.writes.push(Write::Participant { conversation: key, user: ada.key, role: Role::Owner });
    let outcome = bed.commit(plan).await;
    assert_eq!((committed(&outcome).seq, committed(&outcome).rev), (0, 0));
    let seen = bed.seen(&ada, id).await;
    assert_eq!((seen.last_seq, seen.last_rev), (1, 1));
    assert_eq!(bed.send(&ada, id, "second").await.seq, 2);
}

async fn a_plan_on_what_is_not_there_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let mut facts = bed.facts(bed.group(&ada, &[&bob]).await).await;
    facts.key = chat::ConversationKey(999);
    let mut plan = bed.send_plan(&ada, &facts, MessageId(bed.uuid()), "hi");
    assert_eq!(bed.commit(plan.clone()).await, Outcome::GuardMissed);
    plan.guards.clear();
    assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
    assert_eq!(bed.commit(bed.join_plan(&bob, &facts)).await, Outcome::GuardMissed);
    assert_eq!(bed.store.commit(0, &[]).await.unwrap(), []);
}

async fn reserved_keys_are_never_given_twice(bed: Bed) {
    let mut tasks = tokio::task::JoinSet::new();
    for count in 1..=20_i64 {
        let store = bed.store.clone();
        tasks.spawn(async move {
            let first = store.reserve_keys(store::KeyKind::Conversations, count).await.unwrap();
            (first..first + count).collect::<Vec<_>>()
        });
    }
    let mut keys = tasks.join_all().await.concat();
    keys.sort_unstable();
    assert_eq!(keys, (1..=210).collect::<Vec<_>>());
}

async fn what_was_committed_is_there_after_a_restart(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 0..20 {
        bed.send(&ada, room, &format!("message {n}")).await;
    }
    bed.read(&bob, room, 5).await;
    let before = (bed.seen(&bob, room).await, bed.all(&bob, room).await);
    let bed = bed.reopened().await;
    assert_eq!((bed.seen(&bob, room).await, bed.all(&bob, room).await), before);
    assert_eq!(bed.send(&bob, room, "and on").await.seq, 21);
}
