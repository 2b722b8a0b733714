//! A proxy in front of PostgreSQL that breaks connections where it hurts: around a commit. That is the COMMIT of a
//! transaction, or the Sync behind a statement that writes and has no transaction around it.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::{Error, proxy::Messages};

/// What is lost with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lose {
    /// The commit: PostgreSQL never sees it and rolls back.
    Commit,
    /// The answer to it: PostgreSQL has committed.
    Answer,
}

/// The proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct CuttingProxy {
    /// Where clients connect to.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    next: Mutex<Option<Lose>>,
    cuts: watch::Sender<u64>,
    abandoned: watch::Sender<bool>,
}

impl CuttingProxy {
    /// Listens on a free port and forwards to a PostgreSQL server on 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(port: u16) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let (cuts, abandoned) = (watch::Sender::new(0), watch::Sender::new(false));
        let shared = Arc::new(Shared { next: Mutex::new(None), cuts, abandoned });
        let state = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, port, state.clone()));
            }
        });
        Ok(Self { addr, shared, task })
    }

    /// Cuts the connection of the next transaction that writes, and waits until that is done.
    ///
    /// # Errors
    /// When the proxy has ended.
    pub async fn cut(&self, lose: Lose) -> Result<(), Error> {
        let mut cuts = self.shared.cuts.subscribe();
        let before = *cuts.borrow_and_update();
        *self.shared.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(lose);
        cuts.wait_for(|cuts| *cuts > before).await.map(drop).map_err(|_| Error::Closed)
    }

    /// Closes all connections to clients, of which PostgreSQL hears nothing: its sessions stay. New ones are forwarded.
    pub fn abandon_sessions(&self) {
        self.shared.abandoned.send_replace(true);
        self.shared.abandoned.send_replace(false);
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is in a statement that sends.
const MESSAGES: &[u8] = b"INSERT INTO messages";

/// What one connection is up to.
#[derive(Default)]
struct Transaction {
    /// Statements that were prepared and send.
    writers: HashSet<Vec<u8>>,
    /// It began as those that write do; those that read say more.
    writes: bool,
    /// One statement that writes, and commits with the next Sync.
    alone: bool,
    /// Nothing goes back to the client any more, until PostgreSQL has committed.
    mute: bool,
}

async fn forward(mut client: TcpStream, port: u16, shared: Arc<Shared>) -> Result<(), std::io::Error> {
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let mut abandoned = shared.abandoned.subscribe();
    let mut requests = Messages::of_a_client();
    let mut answers = Messages::default();
    let mut transaction = Transaction::default();
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let bytes = &up[..read?];
                if bytes.is_empty() {
                    return Ok(());
                }
                let (forwarded, cut) = upwards(&mut requests, bytes, &mut transaction, &shared);
                server.write_all(&forwarded).await?;
                if cut {
                    break;
                }
            }
            read = server.read(&mut down) => {
                let bytes = &down[..read?];
                let mut committed = bytes.is_empty();
                answers.each(bytes, |kind, message| {
                    committed |= match kind {
                        b'C' => message.ends_with(b"COMMIT\0"),
                        b'Z' => transaction.alone,
                        _ => false,
                    };
                });
                if transaction.mute {
                    if committed {
                        break;
                    }
                } else if bytes.is_empty() {
                    return Ok(());
                } else {
                    client.write_all(bytes).await?;
                }
            }
            _ = abandoned.changed() => {
                drop(client);
                // Whoever is connected to PostgreSQL now is nobody.
                return std::future::pending().await;
            }
        }
    }
    drop((client, server));
    shared.cuts.send_modify(|cuts| *cuts += 1);
    Ok(())
}

impl Transaction {
    /// Takes note of a client's message (PostgreSQL's protocol, section 55.7). True if it commits what was written.
    fn commits(&mut self, kind: u8, message: &[u8]) -> bool {
        let mut texts = message.get(5..).unwrap_or_default().split(|byte| *byte == 0);
        let (first, second) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        match kind {
            // Name and text.
            b'P' if second.windows(MESSAGES.len()).any(|words| words == MESSAGES) => {
                self.writers.insert(first.to_vec());
            }
            // Portal and name.
            b'B' => self.alone = !self.writes && self.writers.contains(second),
            b'S' => return self.alone,
            b'Q' => {
                let ends = self.writes && first == b"COMMIT";
                self.writes = first == b"BEGIN";
                return ends;
            }
            _ => {}
        }
        false
    }
}

/// What goes on to the server, and whether the connection is cut then.
fn upwards(
    requests: &mut Messages,
    bytes: &[u8],
    transaction: &mut Transaction,
    shared: &Shared,
) -> (Vec<u8>, bool) {
    let (mut forwarded, mut cut) = (Vec::with_capacity(bytes.len()), false);
    requests.each(bytes, |kind, message| {
        if transaction.commits(kind, message) {
            match shared.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(Lose::Commit) => cut = true,
                Some(Lose::Answer) => transaction.mute = true,
                None => transaction.alone = false,
            }
        }
        if !cut {
            forwarded.extend_from_slice(message);
        }
    });
    (forwarded, cut)
}
