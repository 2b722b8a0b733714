//! What runs the jobs of a node while it serves.

use std::{sync::Arc, time::Duration};

use chat::Environment;
use store::Store;
use tokio::{sync::watch, task::JoinHandle};

use super::{
    counting,
    outbox::{EFFECTS_PER_TURN, Handlers, OutboxWorker},
    schedules::Scheduler,
    trimming::{self, Kept},
};

/// Between two looks at the outbox that found nothing.
const OUTBOX_PAUSE: Duration = Duration::from_secs(1);

/// Between two looks at the schedules.
const SCHEDULES_PAUSE: Duration = Duration::from_secs(10);

/// Jobs that run until they are stopped.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// What jobs are to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSettings {
    /// How often an effect is tried.
    pub outbox_attempts: usize,
    /// How much of streams is kept.
    pub kept: Kept,
}

impl Jobs {
    /// Starts them on the current runtime.
    #[must_use]
    pub fn start(
        store: &Store,
        environment: &Arc<dyn Environment>,
        handlers: Handlers,
        settings: &JobSettings,
    ) -> Self {
        let owner = environment.new_uuid().simple().to_string();
        let (stop, stopped) = watch::channel(false);
        let (trimmed, kept) = (store.clone(), settings.kept);
        let counted = store.clone();
        let scheduler = Scheduler::new(store.clone(), environment.clone(), owner.clone())
            .with(trimming::NAME, trimming::PERIOD_MS, move |run| trimming::trim(trimmed.clone(), kept, run))
            .with(counting::NAME, counting::PERIOD_MS, move |run| {
                counting::count(counted.clone(), Some(run))
            });
        let mut tasks = vec![tokio::spawn(run_schedules(scheduler, stopped.clone()))];
        let worker =
            OutboxWorker::new(store.clone(), environment.clone(), handlers, settings.outbox_attempts, owner);
        if !worker.is_idle() {
            tasks.push(tokio::spawn(run_outbox(worker, stopped)));
        }
        Self { stop, tasks }
    }

    /// Waits until what is under way has ended. Nothing new is begun.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

async fn run_schedules(scheduler: Scheduler, mut stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = scheduler.tick().await {
            tracing::warn!(%error, "the schedules could not be looked at");
        }
        if pause(&mut stopped, SCHEDULES_PAUSE).await {
            return;
        }
    }
}

async fn run_outbox(worker: OutboxWorker, mut stopped: watch::Receiver<bool>) {
    loop {
        let full = match worker.turn().await {
            Ok(turn) => turn.taken == EFFECTS_PER_TURN,
            Err(error) => {
                tracing::warn!(%error, "effects could not be taken or settled");
                false
            }
        };
        if pause(&mut stopped, if full { Duration::ZERO } else { OUTBOX_PAUSE }).await {
            return;
        }
    }
}

/// Waits, and tells whether to stop.
async fn pause(stopped: &mut watch::Receiver<bool>, pause: Duration) -> bool {
    let stop = tokio::time::timeout(pause, stopped.wait_for(|stop| *stop)).await;
    // Whoever could stop it is gone: then it stops as well.
    stop.is_ok()
}
