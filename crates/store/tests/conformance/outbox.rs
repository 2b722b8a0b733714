//! Effects: there exactly if their cause is, taken by one at a time, settled by who holds them.

use std::sync::Arc;

use chat::{Effect, Guard, MessageId, Plan, Timestamp};
use store::{DatabaseUrl, Lease, LeasedEffect, OutboxCounts, Outcome, Settlement};
use uuid::Uuid;

use crate::{
    bed::{Bed, committed},
    on_both_engines,
};

on_both_engines!(
    an_effect_is_there_exactly_if_its_cause_is,
    a_cause_has_one_effect,
    what_is_taken_is_nobody_elses_until_its_lease_runs_out,
    only_the_newest_lease_settles,
    only_known_kinds_that_are_due_are_taken,
    a_taker_that_dies_leaves_what_it_took_to_others,
    an_older_row_that_becomes_due_later_is_not_passed_by,
);

fn effect(cause: &str, due_at: i64) -> Effect {
    Effect {
        kind: "mail",
        dedupe_key: cause.into(),
        payload: format!("about {cause}"),
        created_at: Timestamp(5),
        due_at: Timestamp(due_at),
    }
}

fn only(effects: Vec<Effect>) -> Plan {
    Plan { effects, ..Plan::default() }
}

fn lease(number: u128, until: i64) -> Lease {
    Lease { id: Uuid::from_u128(number), owner: format!("node {number}"), until: Timestamp(until) }
}

async fn take(bed: &Bed, number: u128, now: i64) -> Vec<LeasedEffect> {
    bed.store.take_effects(&["mail"], &lease(number, now + 100), Timestamp(now), 10).await.unwrap()
}

fn causes(effects: &[LeasedEffect]) -> Vec<&str> {
    effects.iter().map(|effect| &*effect.dedupe_key).collect()
}

async fn an_effect_is_there_exactly_if_its_cause_is(bed: Bed) {
    let [ada, _] = bed.people(["ada", "bob"]).await;
    let room = bed.direct(&ada, "bob").await;
    let facts = bed.facts(room).await;
    let send = |number: u128, cause: &str| {
        let mut plan = bed.send_plan(&ada, &facts, MessageId(Uuid::from_u128(number)), "hi");
        plan.effects.push(effect(cause, 10));
        plan
    };
    let mut refused = send(2, "refused");
    refused.guards.push(Guard::MembersRev { conversation: facts.key, members_rev: 99 });
    let retried = send(1, "retried");
    let plans: Vec<_> = [send(1, "first"), refused, send(3, "second")].map(Arc::new).into();
    let outcomes = bed.store.commit(0, &plans).await.unwrap();
    assert_eq!([committed(&outcomes[0]).seq, committed(&outcomes[2]).seq], [0, 1]);
    assert_eq!(outcomes[1], Outcome::GuardMissed);
    assert_eq!(bed.commit(retried).await, Outcome::GuardMissed);
    let taken = take(&bed, 1, 10).await;
    assert_eq!(causes(&taken), ["first", "second"]);
    assert_eq!((&*taken[0].kind, &*taken[0].payload, taken[0].attempts), ("mail", "about first", 1));
    assert_eq!(taken[0].created_at, Timestamp(5));
}

async fn a_cause_has_one_effect(bed: Bed) {
    let twice = only(vec![effect("same", 10), effect("other", 10), effect("same", 10)]);
    let again = Arc::new(only(vec![effect("same", 10)]));
    for outcome in bed.store.commit(0, &[Arc::new(twice), again.clone()]).await.unwrap() {
        committed(&outcome);
    }
    committed(&bed.store.commit(0, std::slice::from_ref(&again)).await.unwrap()[0]);
    assert_eq!(bed.store.outbox_counts().await.unwrap(), OutboxCounts { waiting: 2, failed: 0 });
}

async fn what_is_taken_is_nobody_elses_until_its_lease_runs_out(bed: Bed) {
    bed.commit(only(vec![effect("a", 10), effect("b", 10)])).await;
    assert_eq!(take(&bed, 1, 10).await.len(), 2);
    assert_eq!(take(&bed, 2, 109).await, []);
    let later = take(&bed, 2, 110).await;
    assert_eq!((causes(&later), later[0].attempts), (vec!["a", "b"], 2));
}

async fn only_the_newest_lease_settles(bed: Bed) {
    bed.commit(only(vec![effect("a", 10), effect("b", 10), effect("c", 10)])).await;
    let old = take(&bed, 1, 10).await;
    let all = |what: Settlement| old.iter().map(|effect| (effect.key, what.clone())).collect::<Vec<_>>();
    let again = Settlement::Again { due_at: Timestamp(500), error: "no answer".into() };
    let given_up = Settlement::GivenUp { at: Timestamp(120), error: "no such address".into() };
    assert_eq!(take(&bed, 2, 110).await.len(), 3);
    for settled in [all(Settlement::Done), all(again.clone()), all(given_up.clone())] {
        assert_eq!(bed.store.settle_effects(Uuid::from_u128(1), &settled).await.unwrap(), [] as [i64; 0]);
    }
    assert_eq!(bed.store.outbox_counts().await.unwrap(), OutboxCounts { waiting: 3, failed: 0 });
    let each: Vec<_> = old.iter().map(|effect| effect.key).zip([Settlement::Done, again, given_up]).collect();
    let keys: Vec<_> = each.iter().map(|(key, _)| *key).collect();
    assert_eq!(bed.store.settle_effects(Uuid::from_u128(2), &each).await.unwrap(), keys);
    assert_eq!(bed.store.outbox_counts().await.unwrap(), OutboxCounts { waiting: 1, failed: 1 });
    assert_eq!(take(&bed, 3, 499).await, []);
    assert_eq!(causes(&take(&bed, 4, 500).await), ["b"]);
    assert_eq!(bed.store.settle_effects(Uuid::from_u128(2), &each).await.unwrap(), [] as [i64; 0]);
}

async fn only_known_kinds_that_are_due_are_taken(bed: Bed) {
    let unknown = Effect { kind: "fax", ..effect("unknown", 10) };
    bed.commit(only(vec![unknown, effect("later", 11), effect("now", 10)])).await;
    assert_eq!(causes(&take(&bed, 1, 10).await), ["now"]);
    assert_eq!(causes(&take(&bed, 2, 11).await), ["later"]);
    let few = bed.store.take_effects(&["fax", "mail"], &lease(3, 900), Timestamp(800), 2).await.unwrap();
    assert_eq!(few.len(), 2, "no more than asked for");
    let rest = bed.store.take_effects(&["fax", "mail"], &lease(4, 900), Timestamp(800), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
}

async fn a_taker_that_dies_leaves_what_it_took_to_others(bed: Bed) {
    bed.commit(only(vec![effect("a", 10)])).await;
    assert_eq!(take(&bed, 1, 10).await.len(), 1);
    let bed = bed.reopened().await;
    assert_eq!(take(&bed, 2, 109).await, []);
    let taken = take(&bed, 3, 110).await;
    assert_eq!((causes(&taken), taken[0].attempts), (vec!["a"], 2));
}

async fn an_older_row_that_becomes_due_later_is_not_passed_by(bed: Bed) {
    bed.commit(only(vec![effect("first, due later", 50)])).await;
    bed.commit(only(vec![effect("second, due now", 10)])).await;
    assert_eq!(causes(&take(&bed, 1, 10).await), ["second, due now"]);
    assert_eq!(causes(&take(&bed, 2, 50).await), ["first, due later"]);
}

/// Two transactions may commit in another order than that of their keys: whoever remembered the greatest key that he
/// has seen would never see the smaller one.
#[tokio::test]
async fn a_row_that_is_committed_after_one_with_a_greater_key_is_taken() {
    let bed = Bed::postgres().await;
    let DatabaseUrl::Postgres(url) = &bed.url else { panic!() };
    let (mut slow, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let open = slow.transaction().await.unwrap();
    let insert = "INSERT INTO outbox (kind, dedupe_key, payload, created_at, due_at) \
                  VALUES ('mail', 'slow', '', 5, 10) RETURNING key";
    let slow_key: i64 = open.query_one(insert, &[]).await.unwrap().get(0);
    bed.commit(only(vec![effect("fast", 10)])).await;
    let first = take(&bed, 1, 10).await;
    assert_eq!(causes(&first), ["fast"]);
    assert!(first[0].key > slow_key, "the keys are in the other order");
    let settled = [(first[0].key, Settlement::Done)];
    bed.store.settle_effects(Uuid::from_u128(1), &settled).await.unwrap();
    open.commit().await.unwrap();
    assert_eq!(causes(&take(&bed, 2, 10).await), ["slow"]);
}

/// A row that another node is about to take is not waited for.
#[tokio::test]
async fn takers_do_not_wait_for_each_other() {
    let bed = Bed::postgres().await;
    bed.commit(only(vec![effect("held", 10), effect("free", 10)])).await;
    let DatabaseUrl::Postgres(url) = &bed.url else { panic!() };
    let (mut other, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let open = other.transaction().await.unwrap();
    open.execute("SELECT 1 FROM outbox WHERE dedupe_key = 'held' FOR UPDATE", &[]).await.unwrap();
    assert_eq!(causes(&take(&bed, 1, 10).await), ["free"]);
    open.rollback().await.unwrap();
    assert_eq!(causes(&take(&bed, 2, 10).await), ["held"]);
}
