//! Two ends of a connection in memory.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::poll_fn,
    io::{self, IoSlice},
    net::Shutdown,
    rc::Rc,
    task::{Context, Poll, Waker},
};
use tokio::net::TcpStream;

/// What a direction holds before its writer has to wait, as a kernel does.
const ROOM_BYTES: usize = 64 * 1024;

/// What a connection reads and writes.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Pipe(Pipe),
}

/// The server's end.
pub(crate) struct Pipe {
    incoming: Rc<RefCell<Direction>>,
    outgoing: Rc<RefCell<Direction>>,
}

/// The client's end. Whoever drops it vanishes: the server hears nothing of that.
pub struct Peer {
    incoming: Rc<RefCell<Direction>>,
    outgoing: Rc<RefCell<Direction>>,
}

#[derive(Default)]
struct Direction {
    bytes: VecDeque<u8>,
    is_ended: bool,
    reader: Option<Waker>,
    /// Who reads waits for room too, beside who writes.
    writers: Vec<Waker>,
}

impl Direction {
    fn write(&mut self, bytes: &[u8]) {
        if !self.is_ended {
            self.bytes.extend(bytes);
            self.reader.take().into_iter().for_each(Waker::wake);
        }
    }

    fn end(&mut self) {
        self.is_ended = true;
        self.reader.take().into_iter().chain(self.writers.drain(..)).for_each(Waker::wake);
    }

    fn has_room(&self) -> bool {
        self.is_ended || self.bytes.len() < ROOM_BYTES
    }

    fn taken(&mut self) {
        if self.has_room() {
            self.writers.drain(..).for_each(Waker::wake);
        }
    }
}

pub(super) fn pair() -> (Pipe, Peer) {
    let (up, down) = <(Rc<RefCell<Direction>>, Rc<RefCell<Direction>>)>::default();
    (Pipe { incoming: up.clone(), outgoing: down.clone() }, Peer { incoming: down, outgoing: up })
}

impl Peer {
    /// Hands bytes to the server.
    pub fn send(&self, bytes: &[u8]) {
        self.outgoing.borrow_mut().write(bytes);
    }

    /// What the server has written since this was asked last; `None` once it has closed the connection and all of it
    /// was taken.
    pub async fn receive(&self) -> Option<Vec<u8>> {
        poll_fn(|cx| {
            let mut incoming = self.incoming.borrow_mut();
            if !incoming.bytes.is_empty() {
                let bytes = incoming.bytes.drain(..).collect();
                incoming.taken();
                return Poll::Ready(Some(bytes));
            }
            if incoming.is_ended {
                return Poll::Ready(None);
            }
            incoming.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.outgoing.borrow_mut().end();
        self.incoming.borrow_mut().end();
    }
}

impl Pipe {
    pub(crate) fn shutdown(&self, how: Shutdown) {
        if how != Shutdown::Write {
            self.incoming.borrow_mut().end();
        }
        if how != Shutdown::Read {
            self.outgoing.borrow_mut().end();
        }
    }

    fn poll_read_ready(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let mut incoming = self.incoming.borrow_mut();
        if incoming.is_ended || !incoming.bytes.is_empty() {
            return Poll::Ready(Ok(()));
        }
        incoming.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut incoming = self.incoming.borrow_mut();
        if incoming.bytes.is_empty() {
            return if incoming.is_ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = buffer.len().min(incoming.bytes.len());
        for (into, byte) in buffer.iter_mut().zip(incoming.bytes.drain(..count)) {
            *into = byte;
        }
        incoming.taken();
        Ok(count)
    }

    fn poll_write_ready(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let mut outgoing = self.outgoing.borrow_mut();
        if outgoing.has_room() {
            return Poll::Ready(Ok(()));
        }
        outgoing.writers.push(cx.waker().clone());
        Poll::Pending
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut outgoing = self.outgoing.borrow_mut();
        if outgoing.is_ended {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if !outgoing.has_room() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(ROOM_BYTES - outgoing.bytes.len());
        outgoing.write(&bytes[..count]);
        Ok(count)
    }
}

impl Stream {
    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(cx),
            Self::Pipe(pipe) => pipe.poll_read_ready(cx),
        }
    }

    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_read(buffer),
            Self::Pipe(pipe) => pipe.try_read(buffer),
        }
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Pipe(pipe) => pipe.poll_write_ready(cx),
        }
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.writable().await,
            Self::Pipe(pipe) => poll_fn(|cx| pipe.poll_write_ready(cx)).await,
        }
    }

    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write(bytes),
            Self::Pipe(pipe) => pipe.try_write(bytes),
        }
    }

    pub(crate) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.try_write_vectored(slices),
            Self::Pipe(pipe) => pipe.try_write(slices.first().map_or(&[], |first| first)),
        }
    }
}
