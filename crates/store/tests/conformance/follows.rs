//! Follows and settings, and what rests on them.

use chat::{
    privacy::PrivacyChange,
    settings::{MessagingAccess, UserSettings},
    sync::Position,
};
use store::{Outcome, SyncLimits};

use crate::{bed::Bed, blocks::direct_plan, on_both_engines};

on_both_engines!(
    a_follow_is_seen_from_both_sides_and_ended,
    a_conversation_that_was_decided_on_other_settings_misses,
    a_conversation_that_was_decided_on_a_follow_that_ended_misses,
    a_follow_that_was_decided_before_a_block_misses,
    settings_hold_until_they_are_changed_and_devices_are_told,
);

fn taking(messaging_access: MessagingAccess) -> UserSettings {
    UserSettings { messaging_access, ..UserSettings::default() }
}

async fn a_follow_is_seen_from_both_sides_and_ended(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    bed.follow(&ada, &bob, true).await;
    bed.follow(&ada, &eve, true).await;
    let seen = async |one: &chat::Actor, other: &chat::Actor| {
        let facts = bed.store.follow_facts(one.key, &other.id).await.unwrap().unwrap();
        (facts.relation.following, facts.relation.followed, facts.count)
    };
    assert_eq!((seen(&ada, &bob).await, seen(&bob, &ada).await), ((true, false, 2), (false, true, 0)));
    let contacts = bed.store.contacts(bob.key, &[ada.key], taking(MessagingAccess::Mutual)).await.unwrap();
    let [contact] = &contacts[..] else { panic!("{contacts:?}") };
    assert_eq!((contact.follows, contact.followed, contact.access), (true, false, MessagingAccess::Mutual));
    let first = bed.store.following(ada.key, None, 1).await.unwrap();
    let second = bed.store.following(ada.key, first.next, 1).await.unwrap();
    assert_eq!((first.items[0].key, second.items[0].key, second.next), (bob.key, eve.key, None));
    bed.follow(&ada, &bob, false).await;
    assert_eq!(seen(&ada, &bob).await, (false, false, 1));
}

async fn a_conversation_that_was_decided_on_other_settings_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let plan = direct_plan(&bed, &ada, &bob).await;
    bed.take_first_messages(&bob, MessagingAccess::Nobody).await;
    assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
}

async fn a_conversation_that_was_decided_on_a_follow_that_ended_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    bed.take_first_messages(&bob, MessagingAccess::Mutual).await;
    bed.follow(&ada, &bob, true).await;
    for (who, whom) in [(&bob, &ada), (&ada, &bob)] {
        if who.key == bob.key {
            bed.follow(&bob, &ada, true).await;
        }
        let plan = direct_plan(&bed, &ada, &bob).await;
        bed.follow(who, whom, false).await;
        assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
        bed.follow(who, whom, true).await;
    }
}

async fn a_follow_that_was_decided_before_a_block_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let plan = bed.follow_plan(&ada, &bob, true).await;
    bed.block(&bob, &ada, true).await;
    assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
}

async fn settings_hold_until_they_are_changed_and_devices_are_told(bed: Bed) {
    let [ada] = bed.people(["ada"]).await;
    let held = async || {
        bed.store
            .settings_facts(ada.key, taking(MessagingAccess::Followers))
            .await
            .unwrap()
            .settings()
            .messaging_access
    };
    assert_eq!(held().await, MessagingAccess::Followers, "the default");
    for (number, access) in (1..).zip([MessagingAccess::Nobody, MessagingAccess::Mutual]) {
        bed.take_first_messages(&ada, access).await;
        assert_eq!(held().await, access);
        let told = bed.store.own_privacy_changes(ada.key, UserSettings::default(), 1).await.unwrap();
        assert_eq!(told, [(number, PrivacyChange::Settings(taking(access)))]);
        let limits = SyncLimits { rows: 100, changes_per_conversation: 100 };
        let position = Position { user_rev: Some(number - 1), ..Position::default() };
        let page = bed.store.sync(ada.key, &position, &limits).await.unwrap();
        assert_eq!(page.privacy.unwrap().chosen.messaging_access, Some(access));
    }
}
