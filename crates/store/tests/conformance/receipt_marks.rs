//! What others may know of how far somebody has come.

use chat::{
    Actor, ConversationId, Decision, Limits, MessageId, Timestamp,
    receipts::{MarkDelivered, ReceiptState, mark_delivered},
};
use store::{Outcome, ReceiptPage, Store};

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    each_message_has_its_own_times,
    many_messages_read_at_once_are_one_row,
    beyond_receipt_members_one_row_stays,
    what_is_not_shown_is_not_seen_and_nothing_is_told_back,
    who_joined_later_is_not_asked_and_who_came_back_begins_anew,
    receipts_come_in_pages_to_participants_only,
);

const PAGE: ReceiptPage = ReceiptPage { after: None, limit: 100, default: true };

async fn shown(bed: &Bed, who: &Actor, room: ConversationId) -> Vec<ReceiptState> {
    bed.store.receipts(who.key, room, PAGE).await.unwrap().unwrap().items
}

/// Who has seen a message: his id, when it reached him, when he read it.
async fn seen(
    bed: &Bed,
    who: &Actor,
    room: ConversationId,
    id: MessageId,
) -> Vec<(String, Option<i64>, Option<i64>)> {
    let page = bed.store.seen_by(who.key, (room, id), PAGE).await.unwrap().unwrap();
    let one = |seen: chat::receipts::SeenBy| {
        (seen.user.id.to_string(), seen.delivered_at.map(|at| at.0), seen.read_at.map(|at| at.0))
    };
    page.items.into_iter().map(one).collect()
}

async fn delivered(bed: &Bed, who: &Actor, room: ConversationId, seq: i64, at: i64) -> bool {
    let facts = bed.facts(room).await;
    let known = bed.store.delivered_facts(who.key, facts.key).await.unwrap();
    let contacts = bed.listeners(who, &facts).await;
    let command = MarkDelivered::parse(room, seq).unwrap();
    let decision = mark_delivered(
        who,
        &command,
        Some(&facts),
        (known.as_ref(), &contacts),
        &Limits::default(),
        Timestamp(at),
    );
    match decision.unwrap() {
        Decision::Write(plan) => matches!(bed.commit(plan).await, Outcome::Committed(_)),
        Decision::Answer(_) => false,
    }
}

async fn consistent(bed: &Bed) {
    let report = Store::check(&bed.url, Timestamp(0)).await.unwrap();
    let broken: Vec<_> = report.rules.iter().filter(|rule| rule.found > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

async fn each_message_has_its_own_times(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let mut sent = Vec::new();
    for n in 1..=5 {
        sent.push(bed.send(&ada, room, &n.to_string()).await.id);
    }
    assert!(delivered(&bed, &bob, room, 3, 50).await);
    assert!(!delivered(&bed, &bob, room, 2, 60).await, "known already");
    bed.read(&bob, room, 2).await;
    assert!(delivered(&bed, &bob, room, 5, 1_500).await);
    bed.read(&bob, room, 4).await;
    assert!(!delivered(&bed, &bob, room, 5, 1_600).await);
    let state = &shown(&bed, &ada, room).await[0];
    assert_eq!(state.delivered, Some((5, Timestamp(1_500))));
    assert_eq!(state.read, Some((4, Timestamp(1_004))));
    let times =
        [(50, Some(1_002)), (50, Some(1_002)), (50, Some(1_004)), (1_004, Some(1_004)), (1_500, None)];
    for (id, (came, read)) in sent.iter().zip(times) {
        assert_eq!(seen(&bed, &ada, room, *id).await, [("bob".to_owned(), Some(came), read)]);
    }
    assert_eq!(seen(&bed, &bob, room, sent[0]).await, [], "her own mark on her own message says nothing");
    consistent(&bed).await;
}

async fn many_messages_read_at_once_are_one_row(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    for n in 1..=100 {
        bed.send(&ada, room, &n.to_string()).await;
    }
    bed.read(&bob, room, 100).await;
    assert_eq!(bed.count("receipt_marks").await, 1);
    assert_eq!(shown(&bed, &ada, room).await[0].read, Some((100, Timestamp(1_100))));
}

async fn beyond_receipt_members_one_row_stays(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let names: Vec<String> = (0..31).map(|n| format!("guest-{n}")).collect();
    let mut guests = vec![bob.clone()];
    for name in &names {
        guests.push(bed.person(name, name).await);
    }
    let [large, small] = [&guests[..], &guests[..31]].map(|guests| guests.iter().collect::<Vec<_>>());
    for (members, rows) in [(small, 2), (large, 1)] {
        let before = bed.count("receipt_marks").await;
        let room = bed.group(&ada, &members).await;
        let first = bed.send(&ada, room, "one").await.id;
        bed.send(&ada, room, "two").await;
        bed.read(&bob, room, 1).await;
        bed.read(&bob, room, 2).await;
        assert_eq!(bed.count("receipt_marks").await - before, rows, "of {}", members.len() + 1);
        let at = if rows == 2 { 1_001 } else { 1_002 };
        assert_eq!(seen(&bed, &ada, room, first).await, [("bob".to_owned(), None, Some(at))]);
    }
    consistent(&bed).await;
}

async fn what_is_not_shown_is_not_seen_and_nothing_is_told_back(bed: Bed) {
    let [ada, bob, cleo] = bed.people(["ada", "bob", "cleo"]).await;
    let room = bed.group(&ada, &[&bob, &cleo]).await;
    let id = bed.send(&ada, room, "hi").await.id;
    bed.read(&bob, room, 1).await;
    bed.read(&cleo, room, 1).await;
    let names = async |who: &Actor| -> Vec<String> {
        seen(&bed, who, room, id).await.into_iter().map(|(name, ..)| name).collect()
    };
    assert_eq!(
        (names(&ada).await, names(&bob).await),
        (vec!["bob".into(), "cleo".into()], vec!["cleo".into()])
    );
    bed.show_receipts(&bob, false).await;
    assert_eq!((names(&ada).await, names(&bob).await), (vec!["cleo".to_owned()], vec![]));
    assert!(shown(&bed, &bob, room).await.is_empty());
    bed.send(&ada, room, "again").await;
    bed.read(&bob, room, 2).await;
    bed.show_receipts(&bob, true).await;
    let read = |states: Vec<ReceiptState>| states.iter().map(|state| state.read).collect::<Vec<_>>();
    let first = Some((1, Timestamp(1_001)));
    assert_eq!(read(shown(&bed, &ada, room).await), [first, first], "what he read meanwhile stays his own");
    bed.block(&ada, &bob, true).await;
    assert_eq!((names(&ada).await, names(&bob).await), (vec!["cleo".to_owned()], vec!["cleo".to_owned()]));
}

async fn who_joined_later_is_not_asked_and_who_came_back_begins_anew(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    let first = bed.send(&ada, room, "before").await.id;
    bed.commit(bed.join_plan(&eve, &bed.facts(room).await)).await;
    let second = bed.send(&ada, room, "after").await.id;
    bed.read(&eve, room, 2).await;
    assert_eq!(seen(&bed, &ada, room, first).await, []);
    assert_eq!(seen(&bed, &ada, room, second).await.len(), 1);
    let facts = bed.facts(room).await;
    let departure = chat::Write::Departure { conversation: facts.key, user: eve.key, left_at: Timestamp(9) };
    bed.commit(chat::Plan { writes: vec![departure], ..chat::Plan::default() }).await;
    assert_eq!(shown(&bed, &ada, room).await.len(), 1, "who left shows nothing");
    bed.commit(bed.join_plan(&eve, &bed.facts(room).await)).await;
    let back = shown(&bed, &ada, room).await;
    assert_eq!(back.iter().filter(|state| state.read.is_some()).count(), 0);
}

async fn receipts_come_in_pages_to_participants_only(bed: Bed) {
    let [ada, bob, cleo, eve] = bed.people(["ada", "bob", "cleo", "eve"]).await;
    let room = bed.group(&ada, &[&bob, &cleo]).await;
    let id = bed.send(&ada, room, "hi").await.id;
    for who in [&bob, &cleo] {
        bed.read(who, room, 1).await;
    }
    let page = ReceiptPage { limit: 1, ..PAGE };
    let one = bed.store.seen_by(ada.key, (room, id), page).await.unwrap().unwrap();
    let next = bed.store.seen_by(ada.key, (room, id), ReceiptPage { after: one.next, ..page }).await;
    let two = next.unwrap().unwrap();
    assert_eq!((one.items[0].user.key, two.items[0].user.key, two.next), (bob.key, cleo.key, None));
    let states = bed.store.receipts(ada.key, room, page).await.unwrap().unwrap();
    assert_eq!((states.items.len(), states.next), (1, Some(bob.key.0)));
    assert_eq!(bed.store.receipts(eve.key, room, PAGE).await.unwrap(), None);
    assert_eq!(bed.store.seen_by(eve.key, (room, id), PAGE).await.unwrap(), None);
    bed.unsend(&ada, room, id).await;
    assert_eq!(bed.store.seen_by(ada.key, (room, id), PAGE).await.unwrap(), None, "it was unsent");
}
