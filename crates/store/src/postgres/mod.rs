//! The server engine: lanes that commit batches on connections of their own, and a pool that reads.

mod alone;
mod batch;
mod connection;
mod details;
mod jobs;
mod lane;
mod load;
mod migrate;
mod own_state;
mod privacy;
mod read;
mod relation;
mod rows;
mod statements;

use std::{str::FromStr, sync::Arc, time::Duration};

use chat::Plan;
use tokio_postgres::Config;

pub(crate) use migrate::{migrate, renew_epoch, status};
pub(crate) use read::{Pool, ReadSession};
pub(crate) use statements::texts;

use crate::{
    StoreError, StoreOptions,
    commit::Job,
    read::{Read, Reading},
};

/// How long a look at a whole database may take, which nobody waits for but who asked for it.
const LOOK_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The engine's connections.
pub(crate) struct Postgres {
    pub(crate) lanes: Vec<lane::Lane>,
    pub(crate) pool: Pool,
    alone: Option<alone::Alone>,
    pub(crate) jobs: jobs::Jobs,
}

impl Postgres {
    /// Connects to a migrated database.
    pub(crate) async fn open(url: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let config = config(url)?;
        // One connection up front: a wrong address or setting shows when the server starts.
        let first = connection::Session::connect(&config, options.commit_timeout).await?;
        let alone = match options.alone {
            Some(wait) => Some(alone::Alone::take(&config, wait).await?),
            None => None,
        };
        let mut first = Some(first);
        let lanes = (0..options.lanes.max(1))
            .map(|number| lane::Lane::start(number, config.clone(), first.take(), options.commit_timeout))
            .collect();
        Ok(Self { lanes, jobs: jobs::Jobs::new(config.clone())?, pool: Pool::new(config, options)?, alone })
    }

    /// Writes plans in one transaction, without looking at their guards.
    pub(crate) async fn load(&self, plans: &[Arc<Plan>]) -> Result<(), StoreError> {
        load::load(&self.jobs, plans).await
    }

    /// Lets nobody read any more, and another server have the database.
    pub(crate) fn close(&self) {
        self.pool.close();
        self.jobs.close();
        if let Some(alone) = &self.alone {
            alone.release();
        }
    }

    /// Waits until another server has the database.
    pub(crate) async fn taken_over(&self) {
        match &self.alone {
            Some(alone) => alone.taken_over().await,
            None => std::future::pending().await,
        }
    }

    /// Refuses to write what another server, which has the database now, would not hear of.
    pub(crate) fn require_ours(&self) -> Result<(), StoreError> {
        match &self.alone {
            Some(alone) if alone.is_taken_over() => {
                Err(StoreError::Unavailable("another Parlor took it over".into()))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn send(&self, lane: usize, job: Job) -> Result<(), StoreError> {
        self.require_ours()?;
        match self.lanes.get(lane % self.lanes.len().max(1)) {
            Some(lane) => lane.send(job),
            None => Err(StoreError::closed()),
        }
    }
}

/// Runs a query of many statements on a connection of its own, for as long as that takes.
pub(crate) async fn in_snapshot_of<T, F>(url: &str, query: F) -> Result<T, StoreError>
where
    F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T>,
{
    let options = StoreOptions { readers: 1, read_timeout: LOOK_TIMEOUT, ..StoreOptions::default() };
    let pool = Pool::new(config(url)?, &options)?;
    let result = pool.run(true, query).await;
    pool.close();
    result
}

fn config(url: &str) -> Result<Config, StoreError> {
    let mut config = Config::from_str(url)
        .map_err(|error| StoreError::Config(format!("the PostgreSQL address: {error}")))?;
    if config.get_application_name().is_none() {
        config.application_name("parlor");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(connection::CONNECT_TIMEOUT);
    }
    Ok(config)
}
