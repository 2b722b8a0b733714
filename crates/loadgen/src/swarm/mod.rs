//! Many connections on one thread.
//!
//! A scenario alternates `send` and `turn`: a turn waits for the network once and hands over every packet that came.
//! Sending from inside a turn is not possible, on purpose: what to send next is decided when the packets are counted.

mod dial;
mod link;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::{Events, Poll};

pub(crate) use self::dial::Buffers;
use self::link::Link;
use crate::failure::{Failure, Result};
use crate::wire::packet::Packet;

/// Room for a burst of one connection; one buffer serves all of them.
const SCRATCH_BYTES: usize = 256 * 1024;
/// Connections looked at in one turn. Small enough that a closed loop answers the first while the last still waits.
const EVENTS_PER_TURN: usize = 256;

/// What a turn hears of a connection.
pub(crate) enum Heard<'a> {
    Packet(Packet<'a>),
    /// It has ended; its number is free for [`Swarm::redial`].
    Lost(Failure),
}

/// Connections that have joined the namespace `/`.
pub(crate) struct Swarm {
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    address: SocketAddr,
    /// `None`: cut or lost.
    links: Vec<Option<Link>>,
}

impl Swarm {
    pub(crate) fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS_PER_TURN),
            scratch: vec![0; SCRATCH_BYTES],
            address,
            links: Vec::new(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Sends one Engine.IO message, `42["…"]` or the like.
    pub(crate) fn send(&mut self, link: usize, packet: &[u8]) -> Result<()> {
        self.links[link].as_mut().ok_or(Failure::Closed(link))?.send(packet)
    }

    /// Closes a connection without a word.
    pub(crate) fn cut(&mut self, link: usize) {
        self.links[link] = None;
    }

    /// Reads nothing of this connection any more, as a client that hangs.
    pub(crate) fn stall(&mut self, link: usize) -> Result<()> {
        let link = self.links[link].as_mut().ok_or(Failure::Closed(link))?;
        Ok(link.leave(self.poll.registry())?)
    }

    /// Waits for the network, at most `patience`, and calls `each` with connection and packet. A connection that ends is
    /// a failure.
    pub(crate) fn turn(&mut self, patience: Duration, mut each: impl FnMut(usize, Packet<'_>)) -> Result<()> {
        let mut failed = None;
        self.tolerant_turn(patience, |number, heard| match heard {
            Heard::Packet(packet) => each(number, packet),
            Heard::Lost(failure) => failed = failed.take().or(Some(failure)),
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// The same for who expects connections to end.
    pub(crate) fn tolerant_turn(
        &mut self,
        patience: Duration,
        mut each: impl FnMut(usize, Heard<'_>),
    ) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        }
        for event in &self.events {
            let number = event.token().0;
            let Some(link) = self.links[number].as_mut() else { continue };
            let outcome = link.ready(event, &mut self.scratch, |packet| each(number, Heard::Packet(packet)));
            let lost = match outcome {
                Ok(true) => continue,
                Ok(false) => Failure::Closed(number),
                Err(failure) => failure,
            };
            self.links[number] = None;
            each(number, Heard::Lost(lost));
        }
        Ok(())
    }

    /// Turns for a while; `each` sees what comes.
    pub(crate) fn linger(&mut self, time: Duration, mut each: impl FnMut(usize, Packet<'_>)) -> Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.turn(left, &mut each)?;
        }
        Ok(())
    }
}
