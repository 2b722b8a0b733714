use std::sync::{Arc, Mutex};

use chat::{Effect, Environment, Plan};
use service::jobs::{
    LEASE_MS,
    outbox::{EFFECTS_PER_TURN, Handlers, NotDone, OutboxWorker, Turn},
};
use store::OutboxCounts;

use crate::{Bed, on_both_engines};

on_both_engines!(
    what_is_due_is_done_once,
    workers_side_by_side_share_the_work,
    a_node_that_stood_still_neither_repeats_nor_settles,
    an_effect_that_outlives_its_lease_is_left_to_who_took_it,
    what_failed_comes_back_later_and_later,
    what_fails_too_often_is_given_up,
    what_never_works_is_given_up_at_once,
    what_is_never_settled_is_given_up,
);

const ATTEMPTS: usize = 3;

/// The causes whose effects happened outside, in order.
#[derive(Clone, Default)]
struct Outside(Arc<Mutex<Vec<String>>>);

impl Outside {
    fn add(&self, cause: &str) {
        self.0.lock().unwrap().push(cause.into());
    }

    fn seen(&self) -> Vec<String> {
        let mut seen = self.0.lock().unwrap().clone();
        seen.sort();
        seen
    }

    /// Handlers of a node that sends mail.
    fn mail(&self) -> Handlers {
        let outside = self.clone();
        Handlers::default().with("mail", move |effect| {
            outside.add(&effect.dedupe_key);
            std::future::ready(Ok(()))
        })
    }
}

fn failing(with: NotDone) -> Handlers {
    Handlers::default().with("mail", move |_| std::future::ready(Err(with.clone())))
}

fn worker(bed: &Bed, handlers: Handlers) -> OutboxWorker {
    OutboxWorker::new(bed.store.clone(), bed.environment(), handlers, ATTEMPTS, "test".into())
}

async fn cause(bed: &Bed, causes: &[&str]) {
    let now = bed.clock.now();
    let effect = |cause: &&str| Effect {
        kind: "mail",
        dedupe_key: (*cause).into(),
        payload: String::new(),
        created_at: now,
        due_at: now,
    };
    let plan = Plan { effects: causes.iter().map(effect).collect(), ..Plan::default() };
    bed.store.commit(0, &[Arc::new(plan)]).await.unwrap();
}

async fn counts(bed: &Bed) -> (i64, i64) {
    let OutboxCounts { waiting, failed } = bed.store.outbox_counts().await.unwrap();
    (waiting, failed)
}

async fn what_is_due_is_done_once(bed: Bed) {
    let outside = Outside::default();
    let node = worker(&bed, outside.mail());
    cause(&bed, &["a", "b"]).await;
    assert_eq!(node.turn().await.unwrap(), Turn { taken: 2, done: 2, ..Turn::default() });
    assert_eq!(node.turn().await.unwrap(), Turn::default());
    bed.clock.advance_ms(10 * LEASE_MS);
    assert_eq!(node.turn().await.unwrap(), Turn::default());
    assert_eq!((outside.seen(), counts(&bed).await), (vec!["a".to_owned(), "b".to_owned()], (0, 0)));
}

async fn workers_side_by_side_share_the_work(bed: Bed) {
    let outside = Outside::default();
    let causes: Vec<String> = (0..5 * EFFECTS_PER_TURN).map(|n| format!("{n:04}")).collect();
    cause(&bed, &causes.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let nodes: Vec<_> = (0..4).map(|_| Arc::new(worker(&bed, outside.mail()))).collect();
    let work = nodes.into_iter().map(|node| {
        tokio::spawn(async move {
            let mut done = 0;
            loop {
                match node.turn().await.unwrap() {
                    Turn { taken: 0, .. } => return done,
                    turn => done += turn.done,
                }
            }
        })
    });
    let mut done = 0;
    for node in work.collect::<Vec<_>>() {
        done += node.await.unwrap();
    }
    // One that found nothing free may have ended while others were still at work, never before all was taken.
    assert_eq!((done, outside.seen(), counts(&bed).await), (causes.len(), causes, (0, 0)));
}

async fn a_node_that_stood_still_neither_repeats_nor_settles(bed: Bed) {
    let outside = Outside::default();
    let (paused, other) = (worker(&bed, outside.mail()), worker(&bed, outside.mail()));
    cause(&bed, &["a", "b"]).await;
    let taken = paused.take().await.unwrap();
    bed.clock.advance_ms(LEASE_MS - 1);
    assert_eq!(other.turn().await.unwrap(), Turn::default(), "not before the lease runs out");
    bed.clock.advance_ms(1);
    assert_eq!(other.turn().await.unwrap(), Turn { taken: 2, done: 2, ..Turn::default() });
    let resumed = paused.perform(taken).await.unwrap();
    assert_eq!(resumed, Turn { taken: 2, lost: 2, ..Turn::default() });
    assert_eq!(outside.seen(), ["a", "b"], "no second mail");
}

async fn an_effect_that_outlives_its_lease_is_left_to_who_took_it(bed: Bed) {
    // It stands still while it is at the effect: what it then says of it no longer counts.
    let clock = bed.clock.clone();
    let slow = Handlers::default().with("mail", move |_| {
        clock.advance_ms(LEASE_MS);
        std::future::ready(Ok(()))
    });
    let outside = Outside::default();
    let (slow, other) = (worker(&bed, slow), worker(&bed, outside.mail()));
    cause(&bed, &["a"]).await;
    let taken = slow.take().await.unwrap();
    bed.clock.advance_ms(LEASE_MS - 1);
    let late = slow.perform(taken.clone()).await.unwrap();
    assert_eq!(late, Turn { taken: 1, done: 1, ..Turn::default() }, "nobody else has taken it");
    assert_eq!(slow.perform(taken).await.unwrap(), Turn { taken: 1, lost: 1, ..Turn::default() });

    cause(&bed, &["b"]).await;
    let taken = slow.take().await.unwrap();
    bed.clock.advance_ms(LEASE_MS);
    let held = other.take().await.unwrap();
    assert_eq!(slow.perform(taken).await.unwrap().lost, 1);
    assert_eq!(counts(&bed).await, (1, 0), "it is the other's to settle");
    assert_eq!(other.perform(held).await.unwrap().done, 1);
}

async fn what_failed_comes_back_later_and_later(bed: Bed) {
    let node = worker(&bed, failing(NotDone::Again("no answer".into())));
    let other = worker(&bed, Outside::default().mail());
    cause(&bed, &["a"]).await;
    for longest in [1_000, 2_000] {
        assert_eq!(node.turn().await.unwrap(), Turn { taken: 1, again: 1, ..Turn::default() });
        bed.clock.advance_ms(longest / 2 - 1);
        assert_eq!(node.turn().await.unwrap(), Turn::default(), "too early");
        bed.clock.advance_ms(longest / 2 + 1);
    }
    assert_eq!(other.turn().await.unwrap().done, 1);
}

async fn what_fails_too_often_is_given_up(bed: Bed) {
    let node = worker(&bed, failing(NotDone::Again("no answer".into())));
    cause(&bed, &["a"]).await;
    for attempt in 1..=ATTEMPTS {
        let turn = node.turn().await.unwrap();
        assert_eq!(
            (turn.again, turn.given_up),
            if attempt < ATTEMPTS { (1, 0) } else { (0, 1) },
            "{attempt}"
        );
        bed.clock.advance_ms(LEASE_MS);
    }
    assert_eq!((node.turn().await.unwrap(), counts(&bed).await), (Turn::default(), (0, 1)));
}

async fn what_never_works_is_given_up_at_once(bed: Bed) {
    let node = worker(&bed, failing(NotDone::Never("no such address".into())));
    cause(&bed, &["a"]).await;
    assert_eq!(node.turn().await.unwrap().given_up, 1);
    assert_eq!(counts(&bed).await, (0, 1));
}

async fn what_is_never_settled_is_given_up(bed: Bed) {
    let outside = Outside::default();
    let node = worker(&bed, outside.mail());
    cause(&bed, &["a"]).await;
    for _ in 0..ATTEMPTS {
        // The process ends between taking and settling.
        node.take().await.unwrap();
        bed.clock.advance_ms(LEASE_MS);
    }
    assert_eq!(node.turn().await.unwrap().given_up, 1);
    assert_eq!((outside.seen().len(), counts(&bed).await), (0, (0, 1)));
}
