//! Redis (or Valkey) for tests: a server on a free port, with nothing on disk.

use std::time::{Duration, Instant};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    Error,
    process::{Process, find, free_port},
};

/// How long a server may take to accept connections.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that is stopped when this is dropped.
#[derive(Debug)]
pub struct EphemeralRedis {
    port: u16,
    process: Process,
}

impl EphemeralRedis {
    /// Starts a server.
    ///
    /// # Errors
    /// When neither Redis nor Valkey is installed, or it does not start.
    pub async fn start() -> Result<Self, Error> {
        let dir = tempfile::Builder::new().prefix("parlor-redis-").tempdir()?;
        let program = find("redis-server", &[], "redis-server")
            .or_else(|_| find("valkey-server", &[], "redis-server"))?;
        let port = free_port()?;
        let folder = dir.path().display().to_string();
        let command = [
            &program.display().to_string(),
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            &folder,
        ]
        .map(str::to_owned);
        let server = Self { port, process: Process::start(dir, "TERM", &command)? };
        let started = Instant::now();
        while !server.answers().await {
            if started.elapsed() > START_TIMEOUT {
                return Err(Error::Setup(format!("Redis did not start:\n{}", server.process.log())));
            }
            // Polling a process that has no other way of telling; no test waits on this.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(server)
    }

    async fn answers(&self) -> bool {
        let ping = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
            stream.write_all(b"PING\r\n").await?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        matches!(ping.await, Ok(answer) if &answer == b"+PONG")
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The server's address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}
