//! Bringing a client up to date.

use chat::{
    Actor, ConversationId, ConversationKey,
    sync::{Head, News, Position, Replayed, SyncedConversation},
};
use store::{KeyKind, Store, SyncLimits};
use uuid::Uuid;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    from_nothing_everything_is_unknown,
    what_the_client_has_is_not_told,
    a_few_changes_come_as_they_were,
    too_many_changes_are_a_reset,
    changes_that_are_no_longer_kept_are_a_reset,
    a_client_ahead_of_the_database_begins_with_nothing,
    a_read_mark_that_moved_is_told,
    long_answers_go_on_by_cursor,
    heads_come_in_parts_of_ten_thousand_conversations,
    what_changes_between_two_answers_is_told_by_one_or_the_next_sync,
    a_client_of_another_history_begins_with_nothing,
    a_user_stream_that_is_no_longer_kept_begins_with_nothing,
    a_stream_is_read_from_any_number,
);

const LIMITS: SyncLimits = SyncLimits { rows: 1_000, changes_per_conversation: 500 };

fn holds(user_rev: Option<i64>, heads: &[Head]) -> Position {
    Position { user_rev, heads: Some(heads.to_vec()), ..Position::default() }
}

async fn sync(bed: &Bed, who: &Actor, user_rev: Option<i64>, heads: &[Head]) -> Vec<SyncedConversation> {
    let page = bed.store.sync(who.key, &holds(user_rev, heads), &LIMITS).await.unwrap();
    assert_eq!((page.next, page.reset), (None, false));
    page.conversations
}

fn bodies(news: &News) -> Vec<String> {
    let News::Changes(changes) = news else { panic!("{news:?}") };
    let body = |change: &Replayed| change.message().unwrap().body.clone().unwrap();
    changes.iter().map(body).collect()
}

async fn from_nothing_everything_is_unknown(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let rooms = [bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await];
    bed.send(&ada, rooms[0], "hi").await;
    let page = bed.store.sync(bob.key, &Position::default(), &LIMITS).await.unwrap();
    let mut expected = Vec::new();
    for room in rooms {
        expected.push(SyncedConversation {
            conversation: bed.seen(&bob, room).await,
            news: News::Unknown,
            hidden: Vec::new(),
        });
    }
    assert_eq!((page.conversations, page.next, page.user_rev, page.reset), (expected, None, 2, false));
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
        let page = bed.store.sync(bob.key, &holds(None, &heads), &limits).await.unwrap();
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

async fn a_client_ahead_of_the_database_begins_with_nothing(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for rev in [1, i64::MAX] {
        let position = holds(None, &[Head { conversation: room, rev }]);
        let page = bed.store.sync(ada.key, &position, &LIMITS).await.unwrap();
        assert_eq!((page.reset, page.conversations), (true, vec![]), "{rev}");
    }
    let told = sync(&bed, &ada, None, &[Head { conversation: room, rev: i64::MIN }]).await;
    assert_eq!(told[0].news, News::Reset);
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
            let asked = Position { after, ..holds(user_rev, &heads) };
            let page = bed.store.sync(bob.key, &asked, &limits).await.unwrap();
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
    let message = changes[0].change.message().unwrap();
    assert_eq!(*message, bed.all(&ada, room).await[2]);
    assert_eq!(bed.store.conversation_changes(key, 5, 10).await.unwrap(), []);
}

/// Asks in parts of at most `part` heads until everything was told; the answers, and how often it asked.
async fn sync_in_parts(
    bed: &Bed,
    who: &Actor,
    user_rev: i64,
    heads: &[Head],
    part: usize,
) -> (Vec<SyncedConversation>, usize) {
    let (mut told, mut asked, mut after) = (Vec::new(), 0, None);
    loop {
        let beyond: Vec<Head> = heads
            .iter()
            .filter(|head| after.is_none_or(|after| head.conversation.0 > after))
            .copied()
            .collect();
        let upto = (beyond.len() > part).then(|| beyond[part - 1].conversation);
        let given = &beyond[..part.min(beyond.len())];
        let position = Position { after: after.map(ConversationId), upto, ..holds(Some(user_rev), given) };
        let page = bed.store.sync(who.key, &position, &LIMITS).await.unwrap();
        asked += 1;
        told.extend(page.conversations);
        match page.next {
            Some(next) => after = Some(next.0),
            None => return (told, asked),
        }
    }
}

async fn heads_come_in_parts_of_ten_thousand_conversations(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let mut heads = Vec::new();
    let mut fresh = Vec::new();
    let keys = bed.store.reserve_keys(KeyKind::Conversations, 10_000).await.unwrap();
    for key in keys..keys + 10_000 {
        let (id, plan) = bed.group_plan(ConversationKey(key), &ada, &[&bob]);
        fresh.push(std::sync::Arc::new(plan));
        heads.push(Head { conversation: id, rev: 0 });
    }
    for batch in fresh.chunks(250) {
        for outcome in bed.store.commit(0, batch).await.unwrap() {
            assert!(matches!(outcome, store::Outcome::Committed(_)));
        }
    }
    let user_rev = bed.store.user_rev(bob.key).await.unwrap();
    assert_eq!(user_rev, 10_000);
    let changed = [0, 999, 1_000, 1_001, 5_555, 9_999].map(|at: usize| heads[at].conversation);
    for room in changed {
        bed.send(&ada, room, "hi").await;
    }
    bed.read(&bob, changed[1], 1).await;
    // One that the client does not know, amid those that it does.
    let unknown = heads.remove(3_000).conversation;
    let (told, asked) = sync_in_parts(&bed, &bob, user_rev, &heads, 1_000).await;
    let told: Vec<(ConversationId, bool)> =
        told.iter().map(|one| (one.conversation.id, one.news == News::Unknown)).collect();
    let [a, b, c, d, e, f] = changed.map(|room| (room, false));
    assert_eq!(told, [a, b, c, d, (unknown, true), e, f]);
    assert_eq!(asked, 10);
}

async fn what_changes_between_two_answers_is_told_by_one_or_the_next_sync(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let mut rooms = Vec::new();
    for _ in 0..6 {
        rooms.push(bed.group(&ada, &[&bob]).await);
    }
    let limits = SyncLimits { rows: 3, ..LIMITS };
    let first = bed.store.sync(bob.key, &Position::default(), &limits).await.unwrap();
    assert_eq!(first.next, Some(rooms[2]));
    // Behind the cursor and before it; and a new one at the end.
    for room in [rooms[1], rooms[4]] {
        bed.send(&ada, room, "meanwhile").await;
        bed.read(&bob, room, 1).await;
    }
    let late = bed.group(&ada, &[&bob]).await;
    let second = Position { after: first.next, ..Position::default() };
    let second = bed.store.sync(bob.key, &second, &LIMITS).await.unwrap();
    let mut held = Vec::new();
    for one in first.conversations.iter().chain(&second.conversations) {
        held.push(Head { conversation: one.conversation.id, rev: one.conversation.last_rev });
    }
    let revs: Vec<i64> = held.iter().map(|head| head.rev).collect();
    assert_eq!(revs, [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(held.last().map(|head| head.conversation), Some(late));
    // From the first answer's `user_rev` on: what the later one told is told again, what none told is told now.
    let next = sync(&bed, &bob, Some(first.user_rev), &held).await;
    let told: Vec<(ConversationId, i64)> =
        next.iter().map(|one| (one.conversation.id, one.conversation.read_seq)).collect();
    assert_eq!(told, [(rooms[1], 1), (rooms[4], 1), (late, 0)]);
    assert_eq!(bodies(&next[0].news), ["meanwhile"]);
    assert_eq!(bodies(&next[1].news), [""; 0]);
}

async fn a_client_of_another_history_begins_with_nothing(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let told = bed.store.sync(bob.key, &Position::default(), &LIMITS).await.unwrap();
    let heads = [Head { conversation: room, rev: 0 }];
    let held = Position { epoch: Some(told.epoch), ..holds(Some(1), &heads) };
    let reset = async |bed: &Bed, position: &Position| {
        let page = bed.store.sync(bob.key, position, &LIMITS).await.unwrap();
        assert!(!page.reset || (page.conversations.is_empty() && page.next.is_none()));
        page.reset
    };
    assert!(!reset(&bed, &held).await);
    assert!(reset(&bed, &Position { user_rev: Some(2), ..held.clone() }).await, "ahead of the database");
    assert!(reset(&bed, &Position { user_rev: Some(i64::MIN), ..held.clone() }).await);
    let foreign = Position { epoch: Some(chat::sync::Epoch(Uuid::from_u128(1))), ..held.clone() };
    assert!(reset(&bed, &foreign).await);
    let bed = bed.reopened().await;
    assert!(!reset(&bed, &held).await, "a restart is no other history");
    Store::renew_epoch(&bed.url).await.unwrap();
    assert!(reset(&bed, &held).await);
    let again = bed.store.sync(bob.key, &Position::default(), &LIMITS).await.unwrap();
    assert_ne!(again.epoch, told.epoch);
    assert_eq!(again.conversations, told.conversations);
}

async fn a_user_stream_that_is_no_longer_kept_begins_with_nothing(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    for _ in 0..4 {
        bed.group(&ada, &[&bob]).await;
    }
    bed.execute("DELETE FROM user_changes WHERE user_rev <= 2").await;
    for (user_rev, expected) in [(0, true), (1, true), (2, false), (3, false), (4, false)] {
        let position = Position { user_rev: Some(user_rev), ..Position::default() };
        let page = bed.store.sync(bob.key, &position, &LIMITS).await.unwrap();
        assert_eq!(page.reset, expected, "{user_rev}");
    }
}
