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

use self::link::Link;
use crate::failure::{Failure, Result};
use crate::wire::packet::Packet;

/// Room for a burst of one connection; one buffer serves all of them.
const SCRATCH_BYTES: usize = 256 * 1024;
/// Connections looked at in one turn. Small enough that a closed loop answers the first while the last still waits.
const EVENTS_PER_TURN: usize = 256;

/// Connections that have joined the namespace `/`.
pub(crate) struct Swarm {
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    address: SocketAddr,
    links: Vec<Link>,
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
        self.links[link].send(packet)
    }

    /// Waits for the network, at most `patience`, and calls `each` with connection and packet.
    pub(crate) fn turn(&mut self, patience: Duration, mut each: impl FnMut(usize, Packet<'_>)) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        }
        for event in &self.events {
            let number = event.token().0;
            let link = &mut self.links[number];
            if event.is_writable() {
                link.writable()?;
            }
            if event.is_readable() && !link.readable(&mut self.scratch, |packet| each(number, packet))? {
                return Err(Failure::Closed(number));
            }
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
