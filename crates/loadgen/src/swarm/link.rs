//! One connection, from the TCP handshake to the namespace.
//!
//! ```text
//! Dialling ── writable ──▶ Upgrading ── 101 ──▶ Speaking: `0` → we send `40{auth}` → `40` → events
//! ```

use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;

use mio::Registry;
use mio::event::Event;
use mio::net::TcpStream;

use crate::failure::{Failure, Result};
use crate::wire::frame::{FrameReader, Opcode, write_pong, write_text};
use crate::wire::packet::Packet;

enum Phase {
    Dialling { request: String },
    Upgrading { head: Vec<u8> },
    Speaking(FrameReader),
}

pub(super) struct Link {
    stream: TcpStream,
    phase: Phase,
    auth: String,
    /// What the kernel would not take yet.
    unsent: Vec<u8>,
}

impl Link {
    pub(super) fn new(stream: TcpStream, address: SocketAddr, auth: String) -> Self {
        let request = format!(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        Self { stream, phase: Phase::Dialling { request }, auth, unsent: Vec::new() }
    }

    pub(super) fn send(&mut self, packet: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(packet.len() + 14);
        write_text(&mut frame, packet);
        self.write(&frame)
    }

    /// Does what the socket is ready for; false when the server has closed the connection.
    pub(super) fn ready(
        &mut self,
        event: &Event,
        scratch: &mut [u8],
        each: impl FnMut(Packet<'_>),
    ) -> Result<bool> {
        if event.is_writable() {
            self.writable()?;
        }
        if event.is_readable() { self.readable(scratch, each) } else { Ok(true) }
    }

    /// Hears of no event any more.
    pub(super) fn leave(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(&mut self.stream)
    }

    fn writable(&mut self) -> Result<()> {
        if let Phase::Dialling { request } = &self.phase {
            if let Some(error) = self.stream.take_error()? {
                return Err(error.into());
            }
            self.stream.set_nodelay(true)?;
            let request = request.clone();
            self.phase = Phase::Upgrading { head: Vec::new() };
            return self.write(request.as_bytes());
        }
        let unsent = std::mem::take(&mut self.unsent);
        if unsent.is_empty() { Ok(()) } else { self.write(&unsent) }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while self.unsent.is_empty() && !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.unsent.extend_from_slice(bytes);
        Ok(())
    }

    /// Reads what is there; false when the server has closed the connection.
    ///
    /// Readiness is edge-triggered. A read that did not fill the buffer has emptied the socket (epoll(7), question 9),
    /// so there is no second read that would only say `WouldBlock`.
    fn readable(&mut self, scratch: &mut [u8], mut each: impl FnMut(Packet<'_>)) -> Result<bool> {
        loop {
            match self.stream.read(scratch) {
                Ok(0) => return Ok(false),
                Ok(length) => {
                    self.take(&scratch[..length], &mut each)?;
                    if length < scratch.len() {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], each: &mut impl FnMut(Packet<'_>)) -> Result<()> {
        match &mut self.phase {
            Phase::Dialling { .. } => Err(Failure::Protocol("the server spoke before it was asked")),
            Phase::Upgrading { head } => {
                head.extend_from_slice(bytes);
                let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else {
                    return Ok(());
                };
                if !head.starts_with(b"HTTP/1.1 101 ") {
                    return Err(Failure::Refused(String::from_utf8_lossy(head).into_owned()));
                }
                let first_frames = head.split_off(end + 4);
                self.phase = Phase::Speaking(FrameReader::default());
                self.take(&first_frames, each)
            }
            Phase::Speaking(reader) => {
                let mut answers = Vec::new();
                let mut closed = false;
                reader.feed(bytes, |opcode, payload| match opcode {
                    Opcode::Text => match Packet::of(payload) {
                        Packet::Open => write_text(&mut answers, format!("40{}", self.auth).as_bytes()),
                        Packet::Ping => write_text(&mut answers, b"3"),
                        Packet::Close => closed = true,
                        packet => each(packet),
                    },
                    Opcode::Ping => write_pong(&mut answers, payload),
                    Opcode::Close => closed = true,
                    Opcode::Other => {}
                })?;
                if closed {
                    return Err(Failure::Refused("it closed a connection in the middle of the run".into()));
                }
                if answers.is_empty() { Ok(()) } else { self.write(&answers) }
            }
        }
    }
}
