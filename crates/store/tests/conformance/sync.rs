//! Bringing a client up to date.

use chat::{
    Actor,
    sync::{Head, News, Replayed, SyncedConversation},
};
use store::{SyncLimits, SyncPage};

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    from_nothing_everything_is_unknown,
    what_the_client_has_is_not_told,
    a_few_changes_come_as_they_were,
    too_many_changes_are_a_reset,
    changes_that_are_no_longer_kept_are_a_reset,
    a_client_ahead_of_the_database_is_reset,
    a_read_mark_that_moved_is_told,
    long_answers_go_on_by_cursor,
    a_stream_is_read_from_any_number,
);

const LIMITS: SyncLimits = SyncLimits { rows: 1_000, changes_per_conversation: 500 };

async fn sync(bed: &Bed, who: &Actor, user_rev: Option<i64>, heads: &[Head]) -> Vec<SyncedConversation> {
    let page = bed.store.sync(who.key, user_rev, Some(heads), None, &LIMITS).await.unwrap();
    assert_eq!(page.next, None);
    page.conversations
}

fn bodies(news: &News) -> Vec<String> {
    let News::Changes(changes) = news else { panic!("{news:?}") };
    let body = |Replayed::MessageNew(message): &Replayed| message.body.clone().unwrap();
    changes.iter().map(body).collect()
}

async fn from_nothing_everything_is_unknown(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let rooms = [bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await];
    bed.send(&ada, rooms[0], "hi").await;
    let page = bed.store.sync(bob.key, None, None, None, &LIMITS).await.unwrap();
    let mut expected = Vec::new();
    for room in rooms {
        expected.push(SyncedConversation { conversation: bed.seen(&bob, room).await, news: News::Unknown });
    }
    assert_eq!(page, SyncPage { conversations: expected, next: None });
}

async fn what_the_client_has_is_not_told(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let (known, unknown) = (bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await);
    bed.send(&ada, known, "hi").await;
    let told = sync(&bed, &bob, Some(2), &[Head { conversation: known, rev: 1 }]).await;
    assert_eq!(told.iter().map(|one| one.conversation.id).collect::<Vec<_>>(), [unknown]);
    let heads =
        [known, unknown].map(|conversation| Head { conversation, rev: i64::from(conversation == known) });
    assert_eq!(sync(&bed, &bob, Some(2), &heads).await, []);
}

async fn a_few_changes_come_as_they_were(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let (one, two) = (bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await);
    for n in 1..=4 {
        bed.send(&ada, one, &format!("one {n}")).await;
        bed.send(&bob, two, &format!("two {n}")).await;
    }
    let heads = [Head { conversation: two, rev: 3 }, Head { conversation: one, rev: 2 }];
    let told = sync(&bed, &bob, None, &heads).await;
    assert_eq!(told.len(), 2);
    assert_eq!(bodies(&told[0].news), ["one 3", "one 4"]);
    assert_eq!(bodies(&told[1].news), ["two 4"]);
    assert_eq!(told[0].conversation, bed.seen(&bob, one).await);
}

async fn too_many_changes_are_a_reset(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=4 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    let heads = [Head { conversation: room, rev: 1 }];
    for (allowed, replayed) in [(3, true), (2, false)] {
        let limits = SyncLimits { changes_per_conversation: allowed, ..LIMITS };
        let page = bed.store.sync(bob.key, None, Some(&heads), None, &limits).await.unwrap();
        assert_eq!(page.conversations[0].news != News::Reset, replayed, "{allowed}");
    }
}

async fn changes_that_are_no_longer_kept_are_a_reset(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=4 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    bed.execute("DELETE FROM changes WHERE rev <= 2").await;
    let news = async |rev| sync(&bed, &bob, None, &[Head { conversation: room, rev }]).await.remove(0).news;
    assert_eq!(news(1).await, News::Reset);
    assert_eq!(bodies(&news(2).await), ["3", "4"]);
}

async fn a_client_ahead_of_the_database_is_reset(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for rev in [1, i64::MAX, i64::MIN] {
        let told = sync(&bed, &ada, None, &[Head { conversation: room, rev }]).await;
        assert_eq!(told[0].news, News::Reset, "{rev}");
    }
}

async fn a_read_mark_that_moved_is_told(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    bed.send(&ada, room, "hi").await;
    let heads = [Head { conversation: room, rev: 1 }];
    let before = bed.store.user_rev(bob.key).await.unwrap();
    assert_eq!(sync(&bed, &bob, Some(before), &heads).await, []);
    bed.read(&bob, room, 1).await;
    let told = sync(&bed, &bob, Some(before), &heads).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].conversation.read_seq, told[0].conversation.unread), (1, 0));
    assert_eq!(told[0].news, News::Changes(vec![]));
    assert_eq!(sync(&bed, &bob, Some(before + 1), &heads).await, []);
    assert_eq!(sync(&bed, &ada, Some(before), &heads).await, [], "it is nobody else's news");
}

async fn long_answers_go_on_by_cursor(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let mut heads = Vec::new();
    for n in 0..6 {
        let room = bed.group(&ada, &[&bob]).await;
        for _ in 0..n {
            bed.send(&ada, room, "hi").await;
        }
        heads.push(Head { conversation: room, rev: 0 });
    }
    let user_rev = Some(bed.store.user_rev(bob.key).await.unwrap());
    let whole = sync(&bed, &bob, user_rev, &heads).await;
    assert_eq!(whole.len(), 5, "the first has no change");
    for rows in 1..=20 {
        let limits = SyncLimits { rows, ..LIMITS };
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let page = bed.store.sync(bob.key, user_rev, Some(&heads), after, &limits).await.unwrap();
            let cost: i64 = page.conversations.iter().map(|one| 1 + one.conversation.last_rev).sum();
            assert!(page.conversations.len() == 1 || cost <= rows as i64);
            told.extend(page.conversations);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(told, whole, "{rows} rows");
    }
}

async fn a_stream_is_read_from_any_number(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=5 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    let key = bed.facts(room).await.key;
    let changes = bed.store.conversation_changes(key, 2, 2).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.rev).collect::<Vec<_>>(), [3, 4]);
    let Replayed::MessageNew(message) = &changes[0].change;
    assert_eq!(*message, bed.all(&ada, room).await[2]);
    assert_eq!(bed.store.conversation_changes(key, 5, 10).await.unwrap(), []);
}
