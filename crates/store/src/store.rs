//! The store itself: opening, committing, and sending queries to where they run.

use std::{fmt, sync::Arc, time::Duration};

use chat::Plan;
use tokio::sync::oneshot;

use crate::{
    DatabaseUrl, KeyKind, MigrationReport, MigrationStatus, Outcome, Restored, StoreError,
    commit::{Answer, Job, Statement},
    dialect::Sql,
    postgres::{self, Postgres},
    read::{Read, Reading},
    sqlite::{self, Simulated, SimulatedDatabase, Sqlite, Weather},
    value::Row,
};

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreOptions {
    /// Connections that commit (PostgreSQL; SQLite has one writer).
    pub lanes: usize,
    /// Connections that read.
    pub readers: usize,
    /// Apply waiting migrations. SQLite always does.
    pub migrate: bool,
    /// How long PostgreSQL may take for a batch before its connection is given up.
    pub commit_timeout: Duration,
    /// How long a query may take on PostgreSQL, from waiting for a connection to the last row.
    pub read_timeout: Duration,
    /// Refuse a PostgreSQL database that another server of this kind has open, after waiting so long for it to close;
    /// `None` shares it.
    pub alone: Option<Duration>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            lanes: 4,
            readers: 4,
            migrate: false,
            commit_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(2),
            alone: None,
        }
    }
}

/// An open database. Clones share it; it closes when the last one is dropped.
#[derive(Clone)]
pub struct Store {
    backend: Arc<Backend>,
}

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
    Simulated(Simulated),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.engine())
    }
}

impl Store {
    /// Opens a database after checking its version, its settings and its schema.
    ///
    /// # Errors
    /// [`StoreError::Config`] for a wrong address or setting, [`StoreError::SchemaTooOld`] when PostgreSQL waits for
    /// migrations that `options` do not ask for, [`StoreError::SchemaTooNew`], [`StoreError::InUse`],
    /// [`StoreError::Unavailable`].
    pub async fn open(url: &DatabaseUrl, options: StoreOptions) -> Result<Self, StoreError> {
        if options.migrate || url.engine() == Engine::Sqlite {
            let report = Self::migrate(url).await?;
            if !report.applied.is_empty() {
                tracing::info!(database = %url, from = report.from, to = report.version, "migrated");
            }
        } else {
            Self::migration_status(url).await?.require_current()?;
        }
        let backend = match url {
            DatabaseUrl::Sqlite(path) => {
                let (path, readers) = (path.clone(), options.readers);
                Backend::Sqlite(blocking(move || Sqlite::open(&path, readers)).await?)
            }
            DatabaseUrl::Postgres(url) => Backend::Postgres(Postgres::open(url, &options).await?),
        };
        Ok(Self { backend: Arc::new(backend) })
    }

    /// Opens a simulated database with so many lanes. It answers through this weather.
    ///
    /// An operation whose caller does not wait for the end may not be carried out, unlike on other databases.
    #[must_use]
    pub fn simulated(database: &SimulatedDatabase, lanes: usize, weather: Arc<dyn Weather>) -> Self {
        let database = database.clone();
        Self { backend: Arc::new(Backend::Simulated(Simulated { database, weather, lanes })) }
    }

    /// Applies the migrations that wait. A SQLite file with data is copied first.
    ///
    /// # Errors
    /// [`StoreError::SchemaTooNew`]; [`StoreError::Config`] for a migration that was applied with another text.
    pub async fn migrate(url: &DatabaseUrl) -> Result<MigrationReport, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                blocking(move || sqlite::migrate(&path)).await
            }
            DatabaseUrl::Postgres(url) => postgres::migrate(url).await,
        }
    }

    /// Gives a database another epoch: what clients hold of it counts for nothing any more, and they begin afresh. To be
    /// called whenever an older state is put in the place of a newer one, while no server runs on it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Config`] for a wrong address.
    pub async fn renew_epoch(url: &DatabaseUrl) -> Result<(), StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                blocking(move || sqlite::renew_epoch(&path)).await
            }
            DatabaseUrl::Postgres(url) => postgres::renew_epoch(url).await,
        }
    }

    /// Where a database is among the migrations that this program knows.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn migration_status(url: &DatabaseUrl) -> Result<MigrationStatus, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let path = path.clone();
                blocking(move || sqlite::status(&path)).await
            }
            DatabaseUrl::Postgres(url) => postgres::status(url).await,
        }
    }

    /// Copies a SQLite file as it is at one moment, while it may be in use, and checks the copy. A file that is at
    /// `target` is replaced.
    ///
    /// # Errors
    /// [`StoreError::Config`] on PostgreSQL, which has `pg_dump`; [`StoreError::Unavailable`] when there is no room;
    /// [`StoreError::Corrupt`] when the copy is not whole.
    pub async fn back_up(url: &DatabaseUrl, target: &std::path::Path) -> Result<(), StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let (path, target) = (path.clone(), target.to_owned());
                blocking(move || sqlite::back_up(&path, &target)).await
            }
            DatabaseUrl::Postgres(_) => {
                Err(StoreError::Config("PostgreSQL is backed up by pg_dump; see docs/operations.md".into()))
            }
        }
    }

    /// Puts a copy of a backup in the place of a SQLite file, under another epoch. What was there is kept beside it,
    /// its name ending in `kept`; if anything goes wrong, it stays where it is. No server may have the file open.
    ///
    /// # Errors
    /// [`StoreError::Config`] on PostgreSQL, which has `pg_restore`, and for what is damaged or no backup of Parlor's;
    /// [`StoreError::SchemaTooNew`]; [`StoreError::InUse`] while another program has the database open;
    /// [`StoreError::Unavailable`] when there is no room.
    pub async fn restore(
        url: &DatabaseUrl,
        backup: &std::path::Path,
        kept: &str,
    ) -> Result<Restored, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let (path, backup, kept) = (path.clone(), backup.to_owned(), kept.to_owned());
                blocking(move || sqlite::restore(&path, &backup, &kept)).await
            }
            DatabaseUrl::Postgres(_) => Err(StoreError::Config(
                "PostgreSQL is restored by pg_restore, followed by `parlor check`; see docs/operations.md"
                    .into(),
            )),
        }
    }

    /// Which database this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match &*self.backend {
            Backend::Sqlite(_) | Backend::Simulated(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many batches can be committed side by side.
    #[must_use]
    pub fn lanes(&self) -> usize {
        match &*self.backend {
            Backend::Sqlite(_) => 1,
            Backend::Postgres(postgres) => postgres.lanes.len(),
            Backend::Simulated(simulated) => simulated.lanes,
        }
    }

    /// Commits plans in one transaction and tells what became of each, in their order. Lanes count from 0; all plans
    /// of a conversation go to one lane. Once called it goes on, even if the caller does not wait for the end.
    ///
    /// Two plans of a batch must not write the same message, nor may one write to a conversation that another one
    /// of the batch makes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: it is unknown whether the batch was committed. Plans are guarded, so deciding and
    /// committing again is safe.
    pub async fn commit(&self, lane: usize, plans: &[Arc<Plan>]) -> Result<Vec<Outcome>, StoreError> {
        if plans.is_empty() {
            return Ok(Vec::new());
        }
        self.write(lane, |answer| Job::Commit(plans.to_vec(), answer)).await
    }

    /// Writes plans in bulk, in one transaction: for filling a database that nobody else uses. PostgreSQL does not look at
    /// their guards.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; [`StoreError::Internal`] for plans that rest on rows that are not there, or that
    /// write profiles, effects, changed messages or members of conversations that exist.
    pub async fn load(&self, plans: &[Arc<Plan>]) -> Result<(), StoreError> {
        if let Backend::Postgres(postgres) = &*self.backend {
            return postgres.load(plans).await;
        }
        for outcome in self.commit(0, plans).await? {
            match outcome {
                Outcome::Committed(_) => {}
                Outcome::Failed(error) => return Err(error),
                Outcome::GuardMissed => {
                    return Err(StoreError::Internal("a row is there, or missing".into()));
                }
            }
        }
        Ok(())
    }

    /// Sets `count` keys aside, for ever, and tells the first. Keys are handed out in blocks so that plans can name
    /// rows that are not there yet.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn reserve_keys(&self, kind: KeyKind, count: i64) -> Result<i64, StoreError> {
        self.write(0, |answer| Job::ReserveKeys(kind, count, answer)).await
    }

    /// Prepares every statement that there is, and tells how many: a text that the database does not take is found
    /// before it is used.
    ///
    /// # Errors
    /// What the database says of the first that it refuses.
    pub async fn prepare_all(&self) -> Result<usize, StoreError> {
        self.read(|read| Box::pin(async move { read.prepare_all().await })).await
    }

    /// Waits until another server has taken the database over, which it can when the connection that kept it away broke
    /// (PostgreSQL, with [`StoreOptions::alone`]); else for ever. From then on nothing is written: the server is to end.
    pub async fn taken_over(&self) {
        match &*self.backend {
            Backend::Sqlite(_) | Backend::Simulated(_) => std::future::pending().await,
            Backend::Postgres(postgres) => postgres.taken_over().await,
        }
    }

    /// Waits until what was handed over is written and all threads and connections are closed. Every clone of this
    /// store fails from then on.
    pub async fn close(self) {
        match &*self.backend {
            Backend::Postgres(postgres) => postgres.close(),
            Backend::Simulated(_) => {}
            Backend::Sqlite(_) => {
                let backend = self.backend.clone();
                let closing = tokio::task::spawn_blocking(move || {
                    if let Backend::Sqlite(sqlite) = &*backend {
                        sqlite.close();
                    }
                });
                let _ = closing.await;
            }
        }
    }

    async fn write<T>(&self, lane: usize, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.writer.send(job(answer))?,
            Backend::Postgres(postgres) => postgres.send(lane, job(answer))?,
            Backend::Simulated(simulated) => simulated.write(job(answer)).await?,
        }
        answered.await.map_err(|_| StoreError::closed())?
    }

    /// Runs statements of a job in the background in one transaction, and gives the rows of each.
    pub(crate) async fn transaction(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, StoreError> {
        match &*self.backend {
            Backend::Sqlite(_) | Backend::Simulated(_) => {
                self.write(0, |answer| Job::Statements(statements, answer)).await
            }
            Backend::Postgres(postgres) => {
                postgres.require_ours()?;
                postgres.jobs.run(&statements).await
            }
        }
    }

    /// Runs a query of one statement.
    pub(crate) async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T> + Send + 'static,
    {
        self.run(false, query).await
    }

    /// Runs a query of several statements that all see one state of the database.
    pub(crate) async fn snapshot<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T> + Send + 'static,
    {
        self.run(true, query).await
    }

    async fn run<T, F>(&self, snapshot: bool, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'r> FnOnce(&'r mut Read) -> Reading<'r, T> + Send + 'static,
    {
        match &*self.backend {
            Backend::Sqlite(sqlite) => sqlite.readers.run(snapshot, query).await,
            Backend::Postgres(postgres) => postgres.pool.run(snapshot, query).await,
            Backend::Simulated(simulated) => simulated.read(snapshot, query).await,
        }
    }
}

/// Every query's text. One that is not here is not checked by the test that prepares them all.
pub(crate) fn queries() -> impl Iterator<Item = &'static Sql> {
    [
        crate::accounts::QUERIES,
        crate::blocks::QUERIES,
        crate::conversations::QUERIES,
        crate::counting::QUERIES,
        crate::follows::QUERIES,
        crate::hidden::QUERIES,
        crate::mentions::QUERIES,
        crate::messages::QUERIES,
        crate::outbox::QUERIES,
        crate::own_state::QUERIES,
        crate::privacy::QUERIES,
        crate::schedules::QUERIES,
        crate::trimming::QUERIES,
        crate::ageing::QUERIES,
        crate::receipts::QUERIES,
        crate::receipt_marks::QUERIES,
        crate::requests::QUERIES,
        crate::sync::QUERIES,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Runs what waits for a disk beside the tasks.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Internal(format!("a task that opens the database died: {error}")))?
}
