//! Users: announcing, finding.

use chat::{
    Decision, Plan, UserId, UserKey, Write,
    accounts::{self, AnnounceUser, Profile, User},
};
use store::Outcome;

use crate::{bed::Bed, on_both_engines};

on_both_engines!(
    a_user_is_announced_once_whoever_is_first,
    what_is_said_of_a_profile_is_written_and_the_rest_stays,
    two_announcements_decided_on_the_same_facts_lose_nothing,
    people_are_found_by_the_start_of_id_or_name_in_any_case,
    what_looks_like_a_pattern_is_text,
    odd_ids_are_found_as_they_are,
);

async fn a_user_is_announced_once_whoever_is_first(bed: Bed) {
    let plan = |key| {
        let command = AnnounceUser { id: UserId::from_stored("ada"), profile: Profile::default() };
        let Decision::Write(plan) = accounts::announce(None, &command, UserKey(key), bed.now()) else {
            panic!()
        };
        plan
    };
    let (first, second) = tokio::join!(bed.commit(plan(101)), bed.commit(plan(102)));
    assert!((first == Outcome::GuardMissed) != (second == Outcome::GuardMissed), "{first:?} {second:?}");
    let stored = bed.store.users(&[UserId::from_stored("ada")]).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert_eq!(bed.commit(plan(103)).await, Outcome::GuardMissed);
}

async fn what_is_said_of_a_profile_is_written_and_the_rest_stays(bed: Bed) {
    let [ada] = bed.people(["ada"]).await;
    let profile =
        Profile { name: None, email: Some("ada@example.org".into()), avatar_url: Some("/ada.png".into()) };
    bed.commit(Plan {
        writes: vec![Write::Profile { user: ada.key, profile: profile.clone() }],
        ..Plan::default()
    })
    .await;
    let profile = Profile { name: Some("ada".into()), ..profile };
    let expected = User { key: ada.key, id: ada.id.clone(), profile };
    assert_eq!(bed.store.user(ada.key).await.unwrap(), Some(expected.clone()));
    assert_eq!(bed.store.users(&[ada.id, UserId::from_stored("nobody")]).await.unwrap(), [expected]);
    assert_eq!(bed.store.user(UserKey(999)).await.unwrap(), None);
    assert_eq!(bed.store.user_rev(UserKey(999)).await.unwrap(), 0);
}

async fn two_announcements_decided_on_the_same_facts_lose_nothing(bed: Bed) {
    let [ada] = bed.people(["ada"]).await;
    let known = bed.store.user(ada.key).await.unwrap().unwrap();
    let plan = |profile| {
        let command = AnnounceUser { id: ada.id.clone(), profile };
        match accounts::announce(Some(&known), &command, ada.key, bed.now()) {
            Decision::Write(plan) => plan,
            Decision::Answer(_) => panic!("it is new"),
        }
    };
    let renamed = plan(Profile { name: Some("Grace".into()), ..Profile::default() });
    let reached = plan(Profile { email: Some("ada@example.org".into()), ..Profile::default() });
    tokio::join!(bed.commit(renamed), bed.commit(reached));
    let stored = bed.store.user(ada.key).await.unwrap().unwrap().profile;
    assert_eq!((stored.name.as_deref(), stored.email.as_deref()), (Some("Grace"), Some("ada@example.org")));
}

async fn found(bed: &Bed, prefix: &str) -> Vec<String> {
    let users = bed.store.search_users(chat::UserKey(0), prefix, 10).await.unwrap();
    users.into_iter().map(|user| user.id.as_str().to_owned()).collect()
}

async fn people_are_found_by_the_start_of_id_or_name_in_any_case(bed: Bed) {
    for (id, name) in
        [("u1", "Ada Lovelace"), ("u2", "ADAM"), ("Ada-3", "Zoe"), ("u4", "Éva"), ("u5", "Madam")]
    {
        bed.person(id, name).await;
    }
    assert_eq!(found(&bed, "ada").await, ["u1", "u2", "Ada-3"], "by name");
    assert_eq!(found(&bed, "AdA L").await, ["u1"]);
    assert_eq!(found(&bed, "éV").await, ["u4"]);
    assert_eq!(found(&bed, "").await.len(), 5);
    assert_eq!(bed.store.search_users(chat::UserKey(0), "", 2).await.unwrap().len(), 2);
}

async fn what_looks_like_a_pattern_is_text(bed: Bed) {
    for (id, name) in [("u1", "100% Ada"), ("u2", "100x"), ("a_b", "x"), ("axb", "y"), ("b\\c", "z")] {
        bed.person(id, name).await;
    }
    assert_eq!(found(&bed, "100%").await, ["u1"]);
    assert_eq!(found(&bed, "a_").await, ["a_b"]);
    assert_eq!(found(&bed, "b\\").await, ["b\\c"]);
    assert_eq!(found(&bed, "%").await, [""; 0]);
    assert_eq!(found(&bed, "_").await, [""; 0]);
    assert_eq!(found(&bed, "'; DROP TABLE users; --").await, [""; 0]);
}

async fn odd_ids_are_found_as_they_are(bed: Bed) {
    let ids = ["a\"b", "c\\d", "{e,f}", "NULL", "g'h", "👩‍👩‍👧", "[\"i\"]"];
    for id in ids {
        bed.person(id, id).await;
    }
    let ids = ids.map(UserId::from_stored);
    let stored = bed.store.users(&ids).await.unwrap();
    assert_eq!(stored.len(), ids.len());
    assert!(stored.iter().all(|user| ids.contains(&user.id)));
}
