//! A whole server in the test's process, on port 0, on either database.

use std::{net::SocketAddr, path::Path, sync::Arc};

use chat::Environment;
use parlor::{
    Parlor, Wiring,
    config::{Settings, Sources},
};
use server::auth::{Claims, sign};
use service::jobs::outbox::Handlers;
use store::DatabaseUrl;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{Database, Error, Person, TestEnvironment};

/// The secret that test tokens are signed with.
pub const SECRET: &str = "a secret that only tests use, long enough";

/// The key of the server API in tests.
pub const API_KEY: &str = "an api key that only tests use";

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of the test process's own PostgreSQL.
    Postgres,
}

/// A running server.
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its clock.
    pub environment: TestEnvironment,
    database: Keep,
    variables: Vec<(String, String)>,
    handlers: Handlers,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Result<(), parlor::Failure>>>,
}

/// What must outlive a restart.
struct Keep {
    dir: TempDir,
    database: Option<Database>,
}

impl TestServer {
    /// Starts one on a fresh database.
    ///
    /// # Errors
    /// When the database or the server cannot be started.
    pub async fn start(backend: Backend) -> Result<Self, Error> {
        Self::with(backend, &[]).await
    }

    /// Starts one with these environment variables beside the usual ones.
    ///
    /// # Errors
    /// When the database or the server cannot be started.
    pub async fn with(backend: Backend, variables: &[(&str, &str)]) -> Result<Self, Error> {
        Self::with_handlers(backend, variables, Handlers::default()).await
    }

    /// Starts one with these environment variables, and with what does effects.
    ///
    /// # Errors
    /// When the database or the server cannot be started.
    pub async fn with_handlers(
        backend: Backend,
        variables: &[(&str, &str)],
        handlers: Handlers,
    ) -> Result<Self, Error> {
        let database = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(Database::create().await?),
        };
        let keep = Keep { dir: tempfile::tempdir()?, database };
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self::run(keep, variables, handlers, TestEnvironment::default()).await
    }

    async fn run(
        database: Keep,
        variables: Vec<(String, String)>,
        handlers: Handlers,
        environment: TestEnvironment,
    ) -> Result<Self, Error> {
        let settings = settings(database.dir.path(), database.database.as_ref(), &variables)?;
        let environment_of_it = Arc::new(environment.clone());
        let wiring = Wiring { environment: environment_of_it, migrate: false, handlers: handlers.clone() };
        let parlor =
            Parlor::start(settings, wiring).await.map_err(|failure| Error::Setup(failure.to_string()))?;
        let address = parlor.address()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(parlor.serve(async {
            // A test that ended without stopping has dropped the other end.
            let _ = stopped.await;
        }));
        Ok(Self {
            address,
            environment,
            database,
            variables,
            handlers,
            stop: Some(stop),
            running: Some(running),
        })
    }

    /// Drains and ends, as at SIGTERM.
    ///
    /// # Errors
    /// What serving ended with.
    pub async fn stop(&mut self) -> Result<(), Error> {
        drop(self.stop.take());
        let Some(running) = self.running.take() else { return Ok(()) };
        match running.await {
            Ok(ended) => ended.map_err(|failure| Error::Setup(failure.to_string())),
            Err(error) => Err(Error::Setup(error.to_string())),
        }
    }

    /// Where its database is.
    #[must_use]
    pub fn database_url(&self) -> DatabaseUrl {
        let Keep { dir, database } = &self.database;
        match database {
            Some(database) => database.url.clone(),
            None => DatabaseUrl::Sqlite(dir.path().join("parlor.db")),
        }
    }

    /// Stops, and starts again on the same database at another port.
    ///
    /// # Errors
    /// What stopping or starting ended with.
    pub async fn restart(mut self) -> Result<Self, Error> {
        self.stop().await?;
        let Self { database, variables, handlers, environment, .. } = self;
        Self::run(database, variables, handlers, environment).await
    }

    /// A person with a login that lasts an hour of the server's clock.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn person(&self, id: &str) -> Result<Person, Error> {
        let exp = self.environment.now().0 as f64 / 1000.0 + 3600.0;
        let token = sign(SECRET.as_bytes(), &Claims { exp, ..Claims::new(id) })
            .map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Person::new(self.address, id, token))
    }

    /// A caller with any text in the place of a token.
    #[must_use]
    pub fn caller(&self, token: &str) -> Person {
        Person::new(self.address, "", token.to_owned())
    }
}

fn settings(
    dir: &Path,
    database: Option<&Database>,
    variables: &[(String, String)],
) -> Result<Settings, Error> {
    let mut all = vec![
        ("PARLOR_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ("PARLOR_DATA_DIR".to_owned(), dir.display().to_string()),
        ("PARLOR_AUTH_JWT_SECRET".to_owned(), SECRET.to_owned()),
        ("PARLOR_API_KEY".to_owned(), API_KEY.to_owned()),
        ("PARLOR_TRANSPORT_SHARDS".to_owned(), "2".to_owned()),
    ];
    all.extend(variables.iter().cloned());
    let read = Sources::read(None, all).and_then(|sources| Settings::parse(&sources));
    let mut settings = read.map_err(|failure| Error::Setup(failure.to_string()))?;
    if let Some(database) = database {
        settings.database = database.url.clone();
    } else {
        settings.database = DatabaseUrl::Sqlite(dir.join("parlor.db"));
    }
    Ok(settings)
}
