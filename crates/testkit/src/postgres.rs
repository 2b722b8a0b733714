//! PostgreSQL for tests: a cluster in a temporary folder, one per test process, and a fresh database per test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use store::{DatabaseUrl, Store};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

use crate::{
    Error, Exhausted,
    process::{Process, find, free_port, is_root, output, signal},
};

/// How long a cluster may take to accept connections.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The migrated database that others are copied from.
const TEMPLATE: &str = "parlor_template";

static SHARED: OnceCell<EphemeralPostgres> = OnceCell::const_new();
static TEMPLATE_READY: OnceCell<()> = OnceCell::const_new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A cluster that is stopped and removed when this is dropped.
#[derive(Debug)]
pub struct EphemeralPostgres {
    port: u16,
    process: Process,
}

impl EphemeralPostgres {
    /// Starts a cluster that does not wait for its disk.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub async fn start() -> Result<Self, Error> {
        Self::start_with(Process::start, folder()?, &["fsync=off", "full_page_writes=off"]).await
    }

    /// Starts a cluster that keeps what it acknowledged, as in production.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_durable() -> Result<Self, Error> {
        Self::start_with(Process::start, folder()?, &["fsync=on"]).await
    }

    /// Starts a durable cluster that comes back when it ends, with these settings.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_reviving(settings: &[&str]) -> Result<Self, Error> {
        Self::revive(folder()?, settings).await
    }

    /// As [`start_reviving`](Self::start_reviving), on another disk.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_reviving_on(disk: &Path, settings: &[&str]) -> Result<Self, Error> {
        Self::revive(tempfile::Builder::new().prefix("pg-").tempdir_in(disk)?, settings).await
    }

    async fn revive(dir: TempDir, settings: &[&str]) -> Result<Self, Error> {
        let settings: Vec<&str> = settings.iter().copied().chain(["fsync=on"]).collect();
        Self::start_with(Process::start_reviving, dir, &settings).await
    }

    async fn start_with(
        start: fn(TempDir, &str, &[String]) -> Result<Process, Error>,
        dir: TempDir,
        settings: &[&str],
    ) -> Result<Self, Error> {
        let binaries = binaries();
        let (initdb, postgres) =
            (find("initdb", &binaries, "postgresql")?, find("postgres", &binaries, "postgresql")?);
        // The server refuses to run as root, so root becomes the user that the package made for it.
        let as_user: Vec<String> = if is_root(dir.path())? {
            let id = |which: &str| output(Command::new("id").args([which, "postgres"]));
            let (user, group) = (id("-u")?, id("-g")?);
            let number =
                |text: &str| text.parse().map_err(|_| Error::Setup(format!("{text:?} is no user id")));
            std::os::unix::fs::chown(dir.path(), Some(number(&user)?), Some(number(&group)?))?;
            ["setpriv", "--reuid", &user, "--regid", &group, "--clear-groups"].map(str::to_owned).into()
        } else {
            Vec::new()
        };
        let data = dir.path().join("data").display().to_string();
        let mut command = as_user.clone();
        command.push(initdb.display().to_string());
        command.extend(
            [
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-locale",
                "--pgdata",
                &data,
            ]
            .map(str::to_owned),
        );
        output(Command::new(&command[0]).args(&command[1..]).current_dir(dir.path()))?;

        let port = free_port()?;
        let socket = dir.path().display().to_string();
        let mut command = as_user;
        command.push(postgres.display().to_string());
        command.extend(
            ["-D", &data, "-p", &port.to_string(), "-h", "127.0.0.1", "-k", &socket].map(str::to_owned),
        );
        for setting in ["max_connections=300", "shared_buffers=32MB", "autovacuum=off"].iter().chain(settings)
        {
            command.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let cluster = Self { port, process: start(dir, "QUIT", &command)? };
        cluster.accepting().await?;
        Ok(cluster)
    }

    async fn accepting(&self) -> Result<(), Error> {
        let started = Instant::now();
        while let Err(error) = self.execute("SELECT 1").await {
            if started.elapsed() > START_TIMEOUT {
                let log = self.process.log();
                return Err(Error::Setup(format!("PostgreSQL did not start: {error}\n{log}")));
            }
            // Polling a process that has no other way of telling; no test waits on this.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Stops at once, as after a crash, and waits until it has recovered. Only one that revives does.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn crash(&self) -> Result<(), Error> {
        let pid = self.process.pid().ok_or_else(|| Error::Setup("PostgreSQL has no pid".into()))?;
        signal("QUIT", pid)?;
        while self.process.pid() == Some(pid) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.accepting().await
    }

    /// Sends a signal to the server and every process of it.
    ///
    /// # Errors
    /// When it is not running.
    pub fn signal_all(&self, name: &str) -> Result<(), Error> {
        let pid = self.process.pid().ok_or_else(|| Error::Setup("PostgreSQL has no pid".into()))?;
        signal(name, pid)?;
        let children = output(Command::new("ps").args(["--ppid", &pid.to_string(), "-o", "pid="]))?;
        for child in children.split_whitespace().filter_map(|text| text.parse().ok()) {
            // One that has ended meanwhile needs no signal.
            let _ = signal(name, child);
        }
        Ok(())
    }

    /// Sends a signal to one of the backends that serve a database, chosen by a number; false when there is none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn signal_backend(&self, name: &str, database: &str, chosen: usize) -> Result<bool, Error> {
        let sql =
            "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid() ORDER BY pid";
        let address = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
        let connection = tokio::spawn(connection);
        let backends = client.query(sql, &[&database]).await?;
        drop(client);
        let _ = connection.await;
        if backends.is_empty() {
            return Ok(false);
        }
        let pid: i32 = backends[chosen % backends.len()].try_get(0)?;
        // It may have ended by itself meanwhile.
        Ok(signal(name, pid.unsigned_abs()).is_ok())
    }

    /// A database with the newest schema.
    ///
    /// # Errors
    /// What the server says.
    pub async fn migrated(&self, name: &str) -> Result<DatabaseUrl, Error> {
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        Store::migrate(&self.url(name)).await?;
        Ok(self.url(name))
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the cluster and its log.
    #[must_use]
    pub fn dir(&self) -> &std::path::Path {
        self.process.dir()
    }

    /// The address of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> DatabaseUrl {
        DatabaseUrl::Postgres(format!("postgres://postgres@127.0.0.1:{}/{database}", self.port))
    }

    /// Runs a statement in one of its databases.
    ///
    /// # Errors
    /// What the server says.
    pub async fn execute_in(&self, database: &str, sql: &str) -> Result<(), Error> {
        execute(address(&self.url(database))?, sql).await
    }

    /// The one number that a query gives in one of its databases.
    ///
    /// # Errors
    /// What the server says, or that it is no number.
    pub async fn number(&self, database: &str, sql: &str) -> Result<i64, Error> {
        number(address(&self.url(database))?, sql).await
    }

    /// Takes every connection that the server has left.
    ///
    /// # Errors
    /// When not even one is to be had.
    pub async fn exhaust(&self) -> Result<Exhausted, Error> {
        Exhausted::all_of(address(&self.url("postgres"))?).await
    }

    /// Runs a statement in the maintenance database.
    ///
    /// # Errors
    /// What the server says.
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        execute(&format!("postgres://postgres@127.0.0.1:{}/postgres", self.port), sql).await
    }
}

/// Writes a database to a file with `pg_dump`, as `pg_restore` reads it.
///
/// # Errors
/// When it is not installed, or what it says.
pub async fn pg_dump(database: &DatabaseUrl, file: &Path) -> Result<(), Error> {
    tool("pg_dump", &["--format=custom", "--dbname", address(database)?, "--file"], file).await
}

/// Reads what `pg_dump` wrote into an empty database.
///
/// # Errors
/// When it is not installed, or what it says.
pub async fn pg_restore(database: &DatabaseUrl, file: &Path) -> Result<(), Error> {
    tool("pg_restore", &["--exit-on-error", "--dbname", address(database)?], file).await
}

fn address(database: &DatabaseUrl) -> Result<&str, Error> {
    match database {
        DatabaseUrl::Postgres(address) => Ok(address),
        DatabaseUrl::Sqlite(_) => Err(Error::Setup("that is for PostgreSQL".into())),
    }
}

async fn tool(name: &str, arguments: &[&str], file: &Path) -> Result<(), Error> {
    let program = find(name, &binaries(), "postgresql")?;
    let output = tokio::process::Command::new(program).args(arguments).arg(file).output().await?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Setup(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// A fresh database in the cluster that all tests of a process share.
#[derive(Debug, Clone)]
pub struct Database {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The cluster's port on 127.0.0.1.
    pub port: u16,
    /// Its name there.
    pub name: String,
}

impl Database {
    /// A database with the newest schema and nothing in it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub async fn create() -> Result<Self, Error> {
        let cluster = shared().await?;
        TEMPLATE_READY
            .get_or_try_init(|| async {
                cluster.execute(&format!("CREATE DATABASE {TEMPLATE}")).await?;
                Store::migrate(&cluster.url(TEMPLATE)).await.map(drop).map_err(Error::from)
            })
            .await?;
        Self::copy_of(cluster, TEMPLATE).await
    }

    /// A database without a schema.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn empty() -> Result<Self, Error> {
        Self::copy_of(shared().await?, "template0").await
    }

    async fn copy_of(cluster: &EphemeralPostgres, template: &str) -> Result<Self, Error> {
        let name = format!("parlor_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        cluster.execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await?;
        Ok(Self { url: cluster.url(&name), port: cluster.port, name })
    }

    /// Runs statements in it, past the store.
    ///
    /// # Errors
    /// What the server says.
    pub async fn execute(&self, sql: &str) -> Result<(), Error> {
        execute(&format!("postgres://postgres@127.0.0.1:{}/{}", self.port, self.name), sql).await
    }
}

impl Database {
    /// The one number that a query gives.
    ///
    /// # Errors
    /// What the server says, or that it is no number.
    pub async fn number(&self, sql: &str) -> Result<i64, Error> {
        number(address(&self.url)?, sql).await
    }
}

async fn number(url: &str, sql: &str) -> Result<i64, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let row = client.query_one(sql, &[]).await;
    drop(client);
    let _ = connection.await;
    Ok(row?.try_get(0)?)
}

async fn shared() -> Result<&'static EphemeralPostgres, Error> {
    SHARED.get_or_try_init(EphemeralPostgres::start).await
}

async fn execute(url: &str, sql: &str) -> Result<(), Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let result = client.batch_execute(sql).await;
    drop(client);
    // Whoever copies a database next must not find this connection to it.
    let _ = connection.await;
    Ok(result?)
}

fn folder() -> Result<TempDir, Error> {
    Ok(tempfile::Builder::new().prefix("parlor-pg-").tempdir()?)
}

/// Debian keeps the server's programs out of PATH.
fn binaries() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut folders: Vec<_> = versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders
}
