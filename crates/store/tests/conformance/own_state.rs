//! What a conversation is for one user alone.

use chat::{
    ConversationId, Timestamp,
    own_state::{FOR_GOOD, Mute, OwnState, SetState},
    sync::{Head, News, OwnChange, Position},
};
use store::{HistoryRange, SyncLimits};

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    what_is_set_is_kept_for_him_alone,
    reading_takes_the_mark_away_and_nothing_else,
    what_is_deleted_is_gone_for_him_alone,
    a_deleted_conversation_is_listed_again_with_the_next_message,
    what_was_deleted_counts_no_more_in_any_block,
    his_other_devices_are_told_by_sync,
    who_comes_back_finds_his_state,
);

fn nothing(conversation: ConversationId) -> SetState {
    SetState { conversation, archived: None, marked_unread: None, pinned: None, mute: None }
}

async fn what_is_set_is_kept_for_him_alone(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let all = SetState {
        archived: Some(true),
        marked_unread: Some(true),
        pinned: Some(true),
        mute: Some(Mute::Until(FOR_GOOD)),
        ..nothing(room)
    };
    let state = bed.set_state(&bob, &all).await;
    assert!(state.archived && state.marked_unread && state.pinned_at.is_some());
    assert_eq!(state.muted_until, Some(FOR_GOOD));
    assert_eq!(bed.seen(&bob, room).await.own, state);
    assert_eq!(bed.seen(&ada, room).await.own, OwnState::default());
    let less =
        SetState { archived: Some(false), mute: Some(Mute::Until(Timestamp(1 << 40))), ..nothing(room) };
    let state = OwnState { archived: false, muted_until: Some(Timestamp(1 << 40)), ..state };
    assert_eq!((bed.set_state(&bob, &less).await, bed.seen(&bob, room).await.own), (state, state));
    let key = bed.facts(room).await.key;
    assert_eq!(bed.store.own_state(eve.key, key).await.unwrap(), None, "she is not in it");
    let told = bed.store.own_changes(bob.key, key, 9).await.unwrap();
    assert_eq!(told, [(1, OwnChange::Joined), (2, OwnChange::State), (3, OwnChange::State)]);
}

async fn reading_takes_the_mark_away_and_nothing_else(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    bed.send(&ada, room, "hi").await;
    assert!(bed.read(&bob, room, 1).await.is_some());
    let marked = SetState { marked_unread: Some(true), pinned: Some(true), ..nothing(room) };
    let state = bed.set_state(&bob, &marked).await;
    assert_eq!(bed.seen(&bob, room).await.unread, 0, "a mark counts nothing");
    assert!(bed.read(&bob, room, 1).await.is_some(), "although all is read");
    assert_eq!(bed.seen(&bob, room).await.own, OwnState { marked_unread: false, ..state });
    assert!(bed.read(&bob, room, 1).await.is_none());
}

async fn what_is_deleted_is_gone_for_him_alone(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=3 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    assert_eq!(bed.delete(&bob, room).await.deleted_seq, Some(3));
    let seen = bed.seen(&bob, room).await;
    assert_eq!((seen.unread, seen.read_seq, seen.last_message), (0, 3, None));
    assert_eq!(bed.all(&bob, room).await, []);
    assert_eq!(bed.all(&ada, room).await.len(), 3);
    let first = bed.all(&ada, room).await.remove(0);
    let place = (bed.facts(room).await.key, room);
    assert_eq!(bed.store.seen_message(bob.key, place, first.id).await.unwrap(), None);
    let versions = bed.store.message_versions(bob.key, room, first.id, None, 9);
    assert_eq!(versions.await.unwrap(), None);
    assert_eq!(bed.store.seen_message(ada.key, place, first.id).await.unwrap(), Some(first));
    let ada_s = bed.store.conversations(ada.key, None, 9).await.unwrap().items;
    let bob_s = bed.store.conversations(bob.key, None, 9).await.unwrap().items;
    assert_eq!((ada_s.len(), bob_s.len()), (1, 0));
}

async fn a_deleted_conversation_is_listed_again_with_the_next_message(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let (spoken, silent) = (bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await);
    bed.send(&ada, spoken, "before").await;
    for room in [spoken, silent] {
        bed.delete(&bob, room).await;
    }
    let listed = async || {
        let page = bed.store.conversations(bob.key, None, 9).await.unwrap();
        page.items.into_iter().map(|one| (one.id, one.unread)).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, []);
    bed.send(&ada, spoken, "after").await;
    bed.send(&bob, silent, "his own").await;
    assert_eq!(listed().await, [(silent, 0), (spoken, 1)]);
    let bodies: Vec<_> = bed.all(&bob, spoken).await.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, [Some("after".to_owned())]);
    let range = HistoryRange { before_seq: Some(2), after_seq: None };
    assert_eq!(bed.store.history(bob.key, spoken, range, 9).await.unwrap().unwrap().items, []);
}

async fn what_was_deleted_counts_no_more_in_any_block(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let mut sent = Vec::new();
    for n in 1..=100 {
        sent.push(bed.send(&ada, room, "x").await.id);
        if n == 40 {
            bed.delete(&bob, room).await;
        }
    }
    assert_eq!(bed.seen(&bob, room).await.unread, 60);
    let (uncounted, _) = bed.store.uncounted(0).await.unwrap();
    for blocks in uncounted {
        bed.store.count(blocks).await.unwrap();
    }
    assert_eq!(bed.seen(&bob, room).await.unread, 60);
    // One that is gone for him, and one that is not.
    bed.unsend(&ada, room, sent[10]).await;
    bed.unsend(&ada, room, sent[70]).await;
    let facts = bed.store.read_facts(bob.key, bed.facts(room).await.key, 0).await.unwrap().unwrap();
    assert_eq!((bed.seen(&bob, room).await.unread, facts.unread, facts.read_seq), (59, 59, 40));
    let report = store::Store::check(&bed.url, Timestamp(0)).await.unwrap();
    let broken: Vec<_> = report.rules.iter().filter(|rule| rule.found > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn his_other_devices_are_told_by_sync(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let said = bed.send(&ada, room, "hi").await;
    let state = bed.delete(&bob, room).await;
    let limits = SyncLimits { rows: 10, changes_per_conversation: 10 };
    let position = Position {
        user_rev: Some(1),
        heads: Some(vec![Head { conversation: room, rev: said.rev }]),
        ..Position::default()
    };
    let page = bed.store.sync(bob.key, &position, &limits).await.unwrap();
    assert_eq!((page.user_rev, page.conversations.len()), (3, 1), "what is deleted, and what is unread then");
    let told = &page.conversations[0];
    assert_eq!((told.conversation.own, &told.news), (state, &News::Changes(Vec::new())));
    let fresh = bed.store.sync(bob.key, &Position::default(), &limits).await.unwrap();
    assert_eq!(fresh.conversations[0].conversation.own, state, "a new device knows it, too");
}

async fn who_comes_back_finds_his_state(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    bed.send(&ada, room, "before").await;
    bed.set_state(&bob, &SetState { mute: Some(Mute::Until(FOR_GOOD)), ..nothing(room) }).await;
    bed.delete(&bob, room).await;
    let facts = bed.facts(room).await;
    let leave = chat::Plan {
        writes: vec![chat::Write::Departure { conversation: facts.key, user: bob.key, left_at: bed.now() }],
        ..chat::Plan::default()
    };
    bed.commit(leave).await;
    assert_eq!(bed.store.own_state(bob.key, facts.key).await.unwrap(), None);
    bed.commit(bed.join_plan(&bob, &bed.facts(room).await)).await;
    let own = bed.seen(&bob, room).await.own;
    assert_eq!((own.muted_until, own.deleted_seq), (Some(FOR_GOOD), Some(1)));
    assert_eq!(bed.all(&bob, room).await, []);
}
