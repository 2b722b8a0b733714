//! Blocks, and what must not slip past one.

use chat::{
    Actor, ConversationKey, MessageId, Plan,
    conversations::{self, CreateDirect, DirectKey, Invitee},
    privacy::PrivacyChange,
    settings::UserSettings,
    sync::Position,
};
use store::{KeyKind, Outcome, SyncLimits};

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    a_block_is_seen_from_both_sides_and_lifted,
    a_send_that_was_decided_before_a_block_misses,
    a_conversation_that_was_decided_before_a_block_misses,
    a_block_that_was_decided_before_a_conversation_misses,
    of_a_block_and_a_conversation_in_one_batch_one_misses,
    who_blocks_or_is_blocked_is_not_found,
    a_device_is_told_what_it_missed,
);

async fn is_blocked(bed: &Bed, one: &Actor, other: &Actor) -> bool {
    let contacts = bed.store.contacts(one.key, &[one.key, other.key], UserSettings::default()).await.unwrap();
    assert_eq!(contacts.len(), 2);
    contacts.iter().any(|contact| contact.blocked)
}

async fn a_block_is_seen_from_both_sides_and_lifted(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    let (direct, garden) = (bed.direct(&ada, "bob").await, bed.group(&ada, &[&bob]).await);
    assert!(!bed.facts(direct).await.blocked);
    bed.block(&bob, &ada, true).await;
    assert!(is_blocked(&bed, &ada, &bob).await && is_blocked(&bed, &bob, &ada).await);
    assert!(!is_blocked(&bed, &ada, &eve).await);
    assert!(bed.facts(direct).await.blocked);
    assert!(!bed.facts(garden).await.blocked, "a group reads and writes the same for all");
    let blocked = bed.store.blocked(bob.key, None, 10).await.unwrap();
    assert_eq!(blocked.items.iter().map(|user| user.key).collect::<Vec<_>>(), [ada.key]);
    assert!(bed.store.blocked(ada.key, None, 10).await.unwrap().items.is_empty());
    bed.block(&ada, &bob, true).await;
    bed.block(&bob, &ada, false).await;
    assert!(bed.facts(direct).await.blocked, "the other one's is still there");
    bed.block(&ada, &bob, false).await;
    assert!(!bed.facts(direct).await.blocked);
    bed.send(&ada, direct, "hello again").await;
}

async fn a_send_that_was_decided_before_a_block_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let direct = bed.direct(&ada, "bob").await;
    let facts = bed.facts(direct).await;
    let plans = [&ada, &bob].map(|who| bed.send_plan(who, &facts, MessageId(bed.uuid()), "hi"));
    bed.block(&bob, &ada, true).await;
    for plan in plans {
        assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
    }
}

pub(crate) async fn direct_plan(bed: &Bed, ada: &Actor, bob: &Actor) -> Plan {
    let command = CreateDirect { id: chat::ConversationId(bed.uuid()), with: bob.id.clone() };
    let contacts = bed.store.contacts(ada.key, &[ada.key, bob.key], UserSettings::default()).await.unwrap();
    let bob = Invitee::Known(bed.store.user(bob.key).await.unwrap().unwrap());
    let key = ConversationKey(bed.store.reserve_keys(KeyKind::Conversations, 1).await.unwrap());
    match conversations::create_direct(ada, &command, None, &bob, &contacts, key, bed.now()).unwrap() {
        chat::Decision::Write(plan) => plan,
        chat::Decision::Answer(_) => panic!("there is none yet"),
    }
}

async fn a_conversation_that_was_decided_before_a_block_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    for (blocker, blocked) in [(&ada, &bob), (&bob, &ada)] {
        let plan = direct_plan(&bed, &ada, &bob).await;
        bed.block(blocker, blocked, true).await;
        assert_eq!(bed.commit(plan).await, Outcome::GuardMissed);
        bed.block(blocker, blocked, false).await;
    }
}

async fn a_block_that_was_decided_before_a_conversation_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let block = bed.block_plan(&bob, &ada, true).await;
    bed.direct(&ada, "bob").await;
    assert_eq!(bed.commit(block).await, Outcome::GuardMissed);
}

async fn of_a_block_and_a_conversation_in_one_batch_one_misses(bed: Bed) {
    let [ada, bob] = bed.people(["ada", "bob"]).await;
    let plans = [bed.block_plan(&bob, &ada, true).await, direct_plan(&bed, &ada, &bob).await];
    let outcomes = bed.store.commit(0, &plans.map(std::sync::Arc::new)).await.unwrap();
    assert!(matches!(outcomes[..], [Outcome::Committed(_), Outcome::GuardMissed]), "{outcomes:?}");
    let pair = DirectKey::of(&ada.id, &bob.id);
    assert_eq!(bed.store.direct_conversation(&pair).await.unwrap(), None);
}

async fn who_blocks_or_is_blocked_is_not_found(bed: Bed) {
    let [ada, bob, _] = bed.people(["ada", "bob", "eve"]).await;
    bed.block(&bob, &ada, true).await;
    for (who, expected) in [(&ada, ["ada", "eve"]), (&bob, ["bob", "eve"])] {
        let found = bed.store.search_users(who.key, "", 10).await.unwrap();
        assert_eq!(found.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), expected);
    }
}

async fn a_device_is_told_what_it_missed(bed: Bed) {
    let [ada, bob, eve] = bed.people(["ada", "bob", "eve"]).await;
    bed.direct(&ada, "bob").await;
    let limits = SyncLimits { rows: 100, changes_per_conversation: 100 };
    let blocked = async |user_rev| {
        let position = Position { user_rev, ..Position::default() };
        let page = bed.store.sync(bob.key, &position, &limits).await.unwrap();
        page.privacy.map(|privacy| privacy.blocked)
    };
    assert_eq!(blocked(None).await, Some(vec![]));
    assert_eq!(blocked(Some(1)).await, None, "as the device has it");
    bed.block(&bob, &eve, true).await;
    bed.block(&bob, &ada, true).await;
    let both = Some(vec![ada.id.clone(), eve.id.clone()]);
    assert_eq!(
        (blocked(None).await, blocked(Some(2)).await, blocked(Some(3)).await),
        (both.clone(), both, None)
    );
    let told = bed.store.own_privacy_changes(bob.key, UserSettings::default(), 10).await.unwrap();
    let change = |other: &Actor| {
        let (other, other_id) = (other.key, other.id.clone());
        PrivacyChange::Block { other, other_id, blocked: true }
    };
    assert_eq!(told, [(2, change(&eve)), (3, change(&ada))]);
    let key = bed.facts(bed.direct(&ada, "bob").await).await.key;
    assert_eq!(
        bed.store.own_changes(bob.key, key, 10).await.unwrap().len(),
        1,
        "those of conversations only"
    );
}
