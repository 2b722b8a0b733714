//! Bringing connections up: a few at a time, and no faster than the server admits them.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Token};
use socket2::{Domain, Socket, Type};

use super::Swarm;
use super::link::Link;
use crate::failure::{Failure, Result};
use crate::wire::packet::Packet;

/// Connections under way at once: below every listen queue, and a real crowd still.
const DIALLING: usize = 64;
/// How long the server may let everybody wait.
const PATIENCE: Duration = Duration::from_secs(20);

impl Swarm {
    /// Adds one connection for each `auth` (JSON, or empty for anonymous) and waits until all have joined.
    pub(crate) fn join(&mut self, auths: impl IntoIterator<Item = String>, per_second: u32) -> Result<()> {
        self.join_with(auths, per_second, Buffers::Default)
    }

    /// The same with a word on buffers.
    pub(crate) fn join_with(
        &mut self,
        auths: impl IntoIterator<Item = String>,
        per_second: u32,
        buffers: Buffers,
    ) -> Result<()> {
        let mut auths = auths.into_iter().peekable();
        let (start, before) = (Instant::now(), self.links.len());
        let mut joined = before;
        let mut last_joined = start;
        while joined < self.links.len() || auths.peek().is_some() {
            while self.links.len() - joined < DIALLING
                && admitted(start, self.links.len() - before, per_second)
            {
                let Some(auth) = auths.next() else { break };
                self.links.push(None);
                self.redial(self.links.len() - 1, auth, buffers)?;
            }
            let mut refused = None;
            self.turn(Duration::from_millis(5), |_, packet| match packet {
                Packet::Connected => {
                    joined += 1;
                    last_joined = Instant::now();
                }
                Packet::ConnectError(why) => refused = Some(String::from_utf8_lossy(why).into_owned()),
                _ => {}
            })?;
            if let Some(why) = refused {
                return Err(Failure::Refused(why));
            }
            if last_joined.elapsed() > PATIENCE {
                let state =
                    format!("{} of {} connections had joined", joined - before, self.links.len() - before);
                return Err(Failure::Stalled { seconds: PATIENCE.as_secs(), state });
            }
        }
        Ok(())
    }

    /// Opens the connection of this number again; its packets tell when it has joined.
    pub(crate) fn redial(&mut self, number: usize, auth: String, buffers: Buffers) -> Result<()> {
        let mut stream = match buffers {
            Buffers::Default => TcpStream::connect(self.address)?,
            Buffers::Small => connect_with_small_buffers(self.address)?,
        };
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(number), both)?;
        self.links[number] = Some(Link::new(stream, self.address, auth));
        Ok(())
    }
}

/// What the kernel may hold of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Buffers {
    /// Loopback's: megabytes, since its segments are 64 KiB.
    Default,
    /// As between machines: tens of kilobytes.
    Small,
}

const SEGMENT_BYTES: u32 = 1460;
const RECEIVE_BYTES: usize = 8 * 1024;

fn connect_with_small_buffers(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_mss(SEGMENT_BYTES)?;
    socket.set_recv_buffer_size(RECEIVE_BYTES)?;
    match socket.connect(&address.into()) {
        Err(error) if error.raw_os_error() != Some(IN_PROGRESS) => Err(error),
        _ => Ok(TcpStream::from_std(socket.into())),
    }
}

/// `EINPROGRESS` of Linux.
const IN_PROGRESS: i32 = 115;

/// Whether one more connection may be opened now.
fn admitted(start: Instant, opened: usize, per_second: u32) -> bool {
    per_second == 0 || opened as f64 <= start.elapsed().as_secs_f64() * f64::from(per_second)
}
