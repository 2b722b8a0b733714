//! The real binary as a process of its own, which can be killed at any moment and started again on the same data.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Output,
    time::{Duration, Instant},
};

use server::auth::{Claims, sign};
use store::DatabaseUrl;
use tempfile::TempDir;

use crate::{
    Error, Person,
    process::{Process, free_port, signal},
    server::SECRET,
};

/// How long a start may take.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A running `parlor serve`.
pub struct Program {
    /// Where it listens, across restarts.
    pub address: SocketAddr,
    /// Its database.
    pub database: DatabaseUrl,
    data: TempDir,
    binary: PathBuf,
    variables: Vec<(String, String)>,
    process: Option<Process>,
}

impl Program {
    /// Starts a binary on a migrated database, or without one on a new SQLite file, with these environment variables
    /// beside the usual ones.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(
        binary: impl Into<PathBuf>,
        database: Option<DatabaseUrl>,
        variables: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let data = tempfile::Builder::new().prefix("parlor-data-").tempdir()?;
        let variables =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let database = database.unwrap_or_else(|| DatabaseUrl::Sqlite(data.path().join("parlor.db")));
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let mut program = Self { address, database, data, binary: binary.into(), variables, process: None };
        program.restart().await?;
        Ok(program)
    }

    /// Starts it again where it was.
    ///
    /// # Errors
    /// With its log, when it does not start.
    pub async fn restart(&mut self) -> Result<(), Error> {
        drop(self.process.take());
        let dir = tempfile::Builder::new().prefix("parlor-").tempdir()?;
        let process = Process::start(dir, "KILL", &self.command())?;
        let started = Instant::now();
        while !process.log().contains("Parlor is at http") {
            if process.has_ended() || started.elapsed() > START_TIMEOUT {
                return Err(Error::Setup(format!("parlor serve is not up\n{}", process.log())));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.process = Some(process);
        Ok(())
    }

    /// Runs another command of the binary to its end, with the same configuration.
    ///
    /// # Errors
    /// When it cannot be run.
    pub async fn run(&self, arguments: &[&str]) -> Result<Output, Error> {
        let (variables, binary) = (self.variables(), self.binary.display().to_string());
        let command = variables.iter().map(String::as_str).chain([&*binary]).chain(arguments.iter().copied());
        let mut process = tokio::process::Command::new("env");
        Ok(process.args(command).arg("--data-dir").arg(self.data.path()).output().await?)
    }

    fn command(&self) -> Vec<String> {
        let listen = self.address.to_string();
        let (data, binary) = (self.data.path().display().to_string(), self.binary.display().to_string());
        let serve = [binary.as_str(), "serve", "--listen", &listen, "--data-dir", &data].map(str::to_owned);
        ["env".to_owned()].into_iter().chain(self.variables()).chain(serve).collect()
    }

    /// As `env` takes them.
    fn variables(&self) -> Vec<String> {
        let database = match &self.database {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(address) => address.clone(),
        };
        let own = [
            ("PARLOR_AUTH_JWT_SECRET", SECRET),
            ("PARLOR_DATABASE_URL", &database),
            ("PARLOR_LIMITS_SEND_RATE", "off"),
        ];
        let own = own.iter().map(|(name, value)| format!("{name}={value}"));
        let others = self.variables.iter().map(|(name, value)| format!("{name}={value}"));
        own.chain(others).collect()
    }

    /// `kill -9`, and waits until it is gone.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.signal("KILL")?;
        let Some(process) = self.process.take() else { return Ok(()) };
        while !process.has_ended() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&self) {
        while self.process.as_ref().is_some_and(|process| !process.has_ended()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends a signal, by its name without SIG.
    ///
    /// # Errors
    /// When it is not running.
    pub fn signal(&self, name: &str) -> Result<(), Error> {
        let pid = self.process.as_ref().and_then(Process::pid);
        signal(name, pid.ok_or_else(|| Error::Setup("parlor is not running".into()))?)
    }

    /// What it logged since it was started last.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.as_ref().map(Process::log).unwrap_or_default()
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A person with a login for as long as tests last.
    ///
    /// # Errors
    /// When the token cannot be signed.
    pub fn person(&self, id: &str) -> Result<Person, Error> {
        // 2100-01-01: the binary goes by the system's clock.
        let claims = Claims { exp: 4_102_444_800.0, ..Claims::new(id) };
        let token = sign(SECRET.as_bytes(), &claims).map_err(|error| Error::Setup(error.to_string()))?;
        Ok(Person::new(self.address, id, token))
    }
}
