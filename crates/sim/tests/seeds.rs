//! Many seeds. `SIM_SEEDS=2000` for more, `SIM_SEED=17` for one of them, told in full.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

extern crate parlor_sim as sim;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// Seeds of a run that nobody asked for more.
const SEEDS: u64 = 200;

#[allow(clippy::disallowed_methods, reason = "a test's own parameter, not the server's")]
fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Runs these seeds, each in one thread, several beside each other.
fn run_all(seeds: u64) -> Vec<sim::Report> {
    let next = AtomicU64::new(0);
    let some = || {
        let mine = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds);
        std::iter::from_fn(mine).map(|seed| sim::run(seed, false).unwrap()).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let workers: Vec<_> =
            (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(some)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_promise_is_kept_whatever_the_seed() {
    let reports = match asked("SIM_SEED") {
        Some(seed) => vec![sim::run(seed, true).unwrap()],
        None => run_all(asked("SIM_SEEDS").unwrap_or(SEEDS)),
    };
    let messages: usize = reports.iter().map(|report| report.messages).sum();
    let recoveries: u64 = reports.iter().map(|report| report.recoveries).sum();
    println!("{} seeds, {messages} messages, {recoveries} sessions taken up again", reports.len());
    let mut failed: Vec<_> = reports.into_iter().filter(|report| !report.findings.is_empty()).collect();
    failed.sort_by_key(|report| report.seed);
    for sim::Report { seed, findings, .. } in &failed {
        println!("seed {seed}:\n  {}", findings.join("\n  "));
        println!(
            "  again, in full: SIM_SEED={seed} cargo test -p parlor-sim --test seeds -- --nocapture every"
        );
    }
    assert!(failed.is_empty(), "{} seeds found something; see above how to repeat them", failed.len());
    assert!(messages > 0 && recoveries > 0, "nothing was tried");
}

#[test]
fn a_seed_is_the_same_run_each_time() {
    for seed in 0..10 {
        assert_eq!(sim::run(seed, false).unwrap(), sim::run(seed, false).unwrap());
    }
}
