use std::sync::{Arc, Mutex};

use service::jobs::{LEASE_MS, schedules::Scheduler};
use store::StoreError;

use crate::{Bed, on_both_engines};

on_both_engines!(
    one_node_runs_it_once_a_period,
    what_fails_is_run_again_when_its_lease_runs_out,
    a_run_that_stood_still_ends,
    a_long_run_keeps_its_schedule,
);

const PERIOD_MS: i64 = 600_000;

type Runs = Arc<Mutex<u32>>;

fn node(bed: &Bed) -> Scheduler {
    Scheduler::new(bed.store.clone(), bed.environment(), "test".into())
}

fn counting(bed: &Bed, runs: &Runs) -> Scheduler {
    let runs = runs.clone();
    node(bed).with("sweep", PERIOD_MS, move |_| {
        *runs.lock().unwrap() += 1;
        std::future::ready(Ok(()))
    })
}

async fn one_node_runs_it_once_a_period(bed: Bed) {
    let runs = Runs::default();
    let nodes: Vec<_> = (0..4).map(|_| Arc::new(counting(&bed, &runs))).collect();
    for turn in 1..=3 {
        let ticks = nodes.iter().cloned().map(|node| tokio::spawn(async move { node.tick().await.unwrap() }));
        let mut ran = 0;
        for tick in ticks.collect::<Vec<_>>() {
            ran += tick.await.unwrap().len();
        }
        assert_eq!((ran, *runs.lock().unwrap()), (1, turn));
        bed.clock.advance_ms(PERIOD_MS - 1);
        assert_eq!(nodes[0].tick().await.unwrap(), [""; 0], "not yet");
        bed.clock.advance_ms(1);
    }
}

async fn what_fails_is_run_again_when_its_lease_runs_out(bed: Bed) {
    let failing = node(&bed)
        .with("sweep", PERIOD_MS, |_| std::future::ready(Err(StoreError::Unavailable("gone".into()))));
    let runs = Runs::default();
    let healthy = counting(&bed, &runs);
    assert_eq!(failing.tick().await.unwrap(), [""; 0]);
    bed.clock.advance_ms(LEASE_MS - 1);
    assert_eq!(healthy.tick().await.unwrap(), [""; 0]);
    bed.clock.advance_ms(1);
    assert_eq!(healthy.tick().await.unwrap(), ["sweep"]);
}

async fn a_run_that_stood_still_ends(bed: Bed) {
    let runs = Runs::default();
    let (clock, other) = (bed.clock.clone(), Arc::new(counting(&bed, &runs)));
    let held = Arc::new(Mutex::new(None));
    let told = held.clone();
    let slow = node(&bed).with("sweep", PERIOD_MS, move |run| {
        let (clock, other, told) = (clock.clone(), other.clone(), told.clone());
        async move {
            clock.advance_ms(LEASE_MS);
            assert_eq!(other.tick().await?, ["sweep"]);
            *told.lock().unwrap() = Some(run.goes_on().await?);
            Ok(())
        }
    });
    assert_eq!(slow.tick().await.unwrap(), [""; 0], "it is not its own any more");
    assert_eq!((*held.lock().unwrap(), *runs.lock().unwrap()), (Some(false), 1));
}

async fn a_long_run_keeps_its_schedule(bed: Bed) {
    let runs = Runs::default();
    let (clock, other) = (bed.clock.clone(), Arc::new(counting(&bed, &runs)));
    let long = node(&bed).with("sweep", PERIOD_MS, move |run| {
        let (clock, other) = (clock.clone(), other.clone());
        async move {
            for _ in 0..5 {
                clock.advance_ms(LEASE_MS - 1);
                assert!(run.goes_on().await?);
                assert_eq!(other.tick().await?, [""; 0]);
            }
            Ok(())
        }
    });
    assert_eq!(long.tick().await.unwrap(), ["sweep"]);
    assert_eq!(*runs.lock().unwrap(), 0);
}
