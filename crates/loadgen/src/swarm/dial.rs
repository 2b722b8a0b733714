//! Bringing connections up: a few at a time, and no faster than the server admits them.

use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Interest, Token};

use super::Swarm;
use super::link::Link;
use crate::failure::{Failure, Result};
use crate::wire::packet::Packet;

/// Connections under way at once: below every listen queue, and a real crowd still.
const DIALLING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);

impl Swarm {
    /// Adds one connection for each `auth` (JSON, or empty for anonymous) and waits until all have joined.
    pub(crate) fn join(&mut self, auths: impl IntoIterator<Item = String>, per_second: u32) -> Result<()> {
        let mut auths = auths.into_iter().peekable();
        let (start, before) = (Instant::now(), self.links.len());
        let mut joined = before;
        let mut last_joined = start;
        while joined < self.links.len() || auths.peek().is_some() {
            while self.links.len() - joined < DIALLING
                && admitted(start, self.links.len() - before, per_second)
            {
                let Some(auth) = auths.next() else { break };
                self.dial(auth)?;
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

    fn dial(&mut self, auth: String) -> Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut stream, Token(self.links.len()), both)?;
        self.links.push(Link::new(stream, self.address, auth));
        Ok(())
    }
}

/// Whether one more connection may be opened now.
fn admitted(start: Instant, opened: usize, per_second: u32) -> bool {
    per_second == 0 || opened as f64 <= start.elapsed().as_secs_f64() * f64::from(per_second)
}
