//! A proxy in front of PostgreSQL that counts what a client costs it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

use crate::Error;

/// What went through a proxy since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Times that a client sent something while no answer was due to it: each is a wait for the network.
    pub round_trips: u64,
    /// Statements: Execute and Query messages (PostgreSQL's protocol, section 55.7).
    pub statements: u64,
}

impl std::ops::Sub for Counts {
    type Output = Self;
    fn sub(self, before: Self) -> Self {
        Self {
            round_trips: self.round_trips - before.round_trips,
            statements: self.statements - before.statements,
        }
    }
}

/// The proxy; it ends when this is dropped.
#[derive(Debug)]
pub struct CountingProxy {
    /// Where clients connect to.
    pub addr: SocketAddr,
    counts: Arc<Mutex<Counts>>,
    task: JoinHandle<()>,
}

impl CountingProxy {
    /// Listens on a free port and forwards to a PostgreSQL server on 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(port: u16) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let counts = Arc::new(Mutex::new(Counts::default()));
        let seen = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, port, Arc::clone(&seen)));
            }
        });
        Ok(Self { addr, counts, task })
    }

    /// What went through so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CountingProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection's state: how many answers are due.
type Due = Arc<Mutex<u64>>;

async fn forward(client: TcpStream, port: u16, counts: Arc<Mutex<Counts>>) -> Result<(), std::io::Error> {
    let server = TcpStream::connect(("127.0.0.1", port)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let due: Due = Due::default();
    let answered = Arc::clone(&due);
    // The startup message has no type: it is let through, and its ReadyForQuery is the one answer due.
    let mut requests = Messages::of_a_client();
    let up = pipe(from_client, to_server, move |bytes| {
        let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.round_trips += u64::from(*due == 0);
        requests.each(bytes, |kind, _| {
            *due += u64::from(matches!(kind, STARTUP | b'Q' | b'S'));
            counts.statements += u64::from(matches!(kind, b'E' | b'Q'));
        });
    });
    let mut answers = Messages::default();
    let down = pipe(from_server, to_client, move |bytes| {
        let mut due = answered.lock().unwrap_or_else(PoisonError::into_inner);
        answers.each(bytes, |kind, _| *due = due.saturating_sub(u64::from(kind == b'Z')));
    });
    tokio::try_join!(up, down).map(drop)
}

async fn pipe(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut see: impl FnMut(&[u8]),
) -> Result<(), std::io::Error> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer).await? {
            0 => return to.shutdown().await,
            n => {
                see(&buffer[..n]);
                to.write_all(&buffer[..n]).await?;
            }
        }
    }
}

/// Stands for the type that the startup message does not have.
const STARTUP: u8 = 0;

/// Cuts a stream into messages: a type (but for the startup message), a length that counts itself, a body.
#[derive(Default)]
pub(crate) struct Messages {
    startup: bool,
    pending: Vec<u8>,
}

impl Messages {
    /// The first of a client has no type.
    pub(crate) fn of_a_client() -> Self {
        Self { startup: true, pending: Vec::new() }
    }

    /// Gives the type of each message that is complete now, and all of its bytes.
    pub(crate) fn each(&mut self, bytes: &[u8], mut see: impl FnMut(u8, &[u8])) {
        self.pending.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let head = usize::from(!self.startup);
            let rest = &self.pending[at..];
            let Some(length) = rest.get(head..head + 4).and_then(|length| length.try_into().ok()) else {
                break;
            };
            let end = head + u32::from_be_bytes(length) as usize;
            if rest.len() < end {
                break;
            }
            see(if self.startup { STARTUP } else { rest[0] }, &rest[..end]);
            self.startup = false;
            at += end;
        }
        self.pending.drain(..at);
    }
}
