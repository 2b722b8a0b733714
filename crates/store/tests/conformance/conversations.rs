//! Conversations: one per pair, lists, facts, and who may see them.

use std::sync::Arc;

use chat::{ConversationId, Timestamp, conversations::Role};
use store::HistoryRange;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    a_race_for_a_pair_makes_one_conversation,
    a_conversation_with_oneself_has_one_participant,
    a_list_is_paged_newest_activity_first_even_with_equal_times,
    a_list_shows_last_messages_and_people,
    facts_come_for_what_is_there,
    a_stranger_sees_nothing,
);

async fn a_race_for_a_pair_makes_one_conversation(bed: Bed) {
    let [ada] = bed.people(["ada"]).await;
    let bed = Arc::new(bed);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (bed, ada) = (Arc::clone(&bed), ada.clone());
        // Nobody announced bob: each of the plans would create him too.
        tasks.spawn(async move { bed.direct(&ada, "bob").await });
    }
    let ids = tasks.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(bed.facts(ids[0]).await.members.iter().len(), 2);
    assert_eq!(bed.store.conversations(ada.key, None, 10).await.unwrap().items.len(), 1);
    assert_eq!(bed.store.user_rev(ada.key).await.unwrap(), 1, "he gained one conversation");
    assert_eq!(bed.store.search_users(ada.key, "bob", 10).await.unwrap().len(), 1);
}

async fn a_conversation_with_oneself_has_one_participant(bed: Bed) {
    let [ada] = bed.people(["ada"]).await;
    let room = bed.direct(&ada, "ada").await;
    assert_eq!(bed.direct(&ada, "ada").await, room);
    bed.send(&ada, room, "a note").await;
    let seen = bed.seen(&ada, room).await;
    assert_eq!((seen.participants.len(), seen.unread), (1, 0));
}

async fn a_list_is_paged_newest_activity_first_even_with_equal_times(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let mut rooms = Vec::new();
    for _ in 0..7 {
        rooms.push(bed.group(&ada, &[&bob]).await);
    }
    for room in &rooms[..5] {
        let facts = bed.facts(*room).await;
        let mut plan = bed.send_plan(&bob, &facts, chat::MessageId(bed.uuid()), "at once");
        if let chat::Write::Message(message) = &mut plan.writes[0] {
            Arc::make_mut(message).created_at = Timestamp(9_000_000);
        }
        bed.commit(plan).await;
    }
    let whole = bed.store.conversations(ada.key, None, 10).await.unwrap();
    assert_eq!(whole.next, None);
    let ids: Vec<_> = whole.items.iter().map(|conversation| conversation.id).collect();
    assert_eq!(ids, [4, 3, 2, 1, 0, 6, 5].map(|i| rooms[i]));
    for limit in 1..=7 {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = bed.store.conversations(ada.key, after, limit).await.unwrap();
            assert!(page.items.len() <= limit && !page.items.is_empty());
            paged.extend(page.items);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, whole.items, "pages of {limit}");
    }
}

async fn a_list_shows_last_messages_and_people(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let empty = bed.group(&eve, &[&ada, &bob]).await;
    let busy = bed.direct(&bob, "ada").await;
    bed.send(&bob, busy, "one").await;
    let last = bed.send(&ada, busy, "two").await;
    let items = bed.store.conversations(ada.key, None, 10).await.unwrap().items;
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [busy, empty]);
    assert_eq!(items[0].last_message.as_ref(), Some(&last));
    assert_eq!((items[0].unread, items[0].last_seq, items[0].details.name.as_deref()), (1, 2, None));
    assert_eq!((items[1].last_message.as_ref(), items[1].details.name.as_deref()), (None, Some("Garden")));
    let people: Vec<_> = items[1].participants.iter().map(|(user, role)| (user.id.as_str(), *role)).collect();
    assert_eq!(people, [("eve", Role::Owner), ("ada", Role::Member), ("bob", Role::Member)]);
    assert_eq!(items[1].created_by, eve.id);
    assert_eq!(items[1].last_activity_at, items[1].created_at);
}

async fn facts_come_for_what_is_there(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let rooms = [bed.group(&ada, &[&bob]).await, bed.direct(&ada, "bob").await];
    let missing = ConversationId(bed.uuid());
    let mut facts = bed.store.conversation_facts(&[rooms[1], missing, rooms[0]]).await.unwrap();
    facts.sort_by_key(|facts| facts.key);
    assert_eq!(facts.iter().map(|facts| facts.id).collect::<Vec<_>>(), rooms);
    for facts in &facts {
        assert_eq!(facts.members.rev, 1);
        assert_eq!(facts.members.get(bob.key).unwrap().id, bob.id);
        assert_eq!(facts.members.iter().len(), 2);
    }
    assert_eq!(bed.store.conversation_facts(&[]).await.unwrap(), []);
}

async fn a_stranger_sees_nothing(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let room = bed.group(&ada, &[&bob]).await;
    bed.send(&ada, room, "secret").await;
    let key = bed.facts(room).await.key;
    assert_eq!(bed.store.conversation(eve.key, room).await.unwrap(), None);
    assert_eq!(bed.store.history(eve.key, room, HistoryRange::default(), 10).await.unwrap(), None);
    assert_eq!(bed.store.read_facts(eve.key, key, 1).await.unwrap(), None);
    assert_eq!(bed.store.conversations(eve.key, None, 10).await.unwrap().items, []);
    let missing = ConversationId(bed.uuid());
    assert_eq!(bed.store.conversation(ada.key, missing).await.unwrap(), None);
    assert_eq!(bed.store.history(ada.key, missing, HistoryRange::default(), 10).await.unwrap(), None);
}
