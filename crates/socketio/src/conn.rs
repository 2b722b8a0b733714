//! One Engine.IO connection as its shard holds it. Only the shard's thread touches it, so nothing is locked.

use crate::{
    DisconnectReason, EngineHandler, Handshake, Limits,
    codec::websocket::Reader,
    engine::{Polling, Rest, Session},
    gauge::Seat,
    outbox::{GATHERED, Outbox},
    socket::client::Client,
    stream::{self, Stream},
    timers::{Millis, NEVER},
    users::Entry,
};
use http::HeaderMap;
use std::{
    cell::{Cell, OnceCell, RefCell},
    io::{self, IoSlice},
    rc::Rc,
    sync::Arc,
};

pub(crate) struct Conn {
    /// Its place in the shard.
    pub(crate) key: Cell<usize>,
    /// There from the open or the upgrade on.
    pub(crate) stream: OnceCell<Stream>,
    pub(crate) outbox: RefCell<Outbox>,
    pub(crate) session: RefCell<Session>,
    pub(crate) input: RefCell<Input>,
    /// There if the session began with polling.
    pub(crate) polling: RefCell<Option<Box<Polling>>>,
    pub(crate) upper: Upper,
    pub(crate) handshake: Arc<Handshake>,
    /// In the shard's list of connections to flush.
    pub(crate) touched: Cell<bool>,
    /// The kernel takes no more; a writer task waits for it.
    pub(crate) blocked: Cell<bool>,
    /// In the shard's list of full queues.
    pub(crate) overflowed: Cell<bool>,
    /// What it takes up of what all share, while it is open.
    pub(crate) seats: RefCell<Seats>,
    closed: Cell<bool>,
    active: Cell<bool>,
    /// The earliest deadline that the wheel knows.
    pub(crate) armed: Cell<Millis>,
    /// When a blocked connection counts as stalled, or a closed one has had its time to say goodbye.
    pub(crate) patience: Cell<Millis>,
}

/// Seats among all connections, among those without a namespace, and among those of its user.
#[derive(Default)]
pub(crate) struct Seats {
    pub(crate) _connection: Option<Seat>,
    pub(crate) unadmitted: Option<Seat>,
    pub(crate) user: Option<Entry>,
}

/// What sits on top of Engine.IO.
pub(crate) enum Upper {
    SocketIo(Client),
    Raw(Arc<dyn EngineHandler>),
}

/// Bytes of an unfinished frame, and frames of an unfinished message.
#[derive(Default)]
pub(crate) struct Input {
    pub(crate) reader: Reader,
    pub(crate) pending: Vec<u8>,
}

pub(crate) enum Written {
    All,
    Blocked,
}

impl Conn {
    pub(crate) fn new(
        seats: Seats,
        session: Session,
        upper: Upper,
        handshake: Arc<Handshake>,
        polling: Option<Box<Polling>>,
    ) -> Rc<Self> {
        Rc::new(Self {
            key: Cell::new(usize::MAX),
            stream: OnceCell::new(),
            outbox: RefCell::default(),
            session: RefCell::new(session),
            input: RefCell::default(),
            polling: RefCell::new(polling),
            upper,
            handshake,
            touched: Cell::new(false),
            blocked: Cell::new(false),
            overflowed: Cell::new(false),
            seats: RefCell::new(seats),
            closed: Cell::new(false),
            active: Cell::new(false),
            armed: Cell::new(NEVER),
            patience: Cell::new(NEVER),
        })
    }

    pub(crate) fn client(&self) -> Option<&Client> {
        match &self.upper {
            Upper::SocketIo(client) => Some(client),
            Upper::Raw(_) => None,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// `false` when it was closed already.
    pub(crate) fn mark_closed(&self) -> bool {
        !self.closed.replace(true)
    }

    /// Whether so much waits for the client that no more of its requests are to be read.
    pub(crate) fn is_congested(&self, limits: &Limits) -> bool {
        !self.is_closed() && self.outbox.borrow().is_congested(limits)
    }

    /// Memory of queues is given back at the second heartbeat without this.
    pub(crate) fn note_activity(&self) {
        self.active.set(true);
    }

    /// Whether there was activity since this was asked last.
    pub(crate) fn was_active(&self) -> bool {
        self.active.replace(false)
    }

    /// When the wheel should call.
    pub(crate) fn deadline(&self) -> Millis {
        if self.is_closed() {
            return self.patience.get();
        }
        let acks = self.client().map_or(NEVER, |client| {
            let links = client.links();
            links
                .iter()
                .filter_map(|link| Some(link.acks.borrow().as_ref()?.deadline()))
                .min()
                .unwrap_or(NEVER)
        });
        self.session.borrow().deadline().min(self.patience.get()).min(acks)
    }

    /// Writes as much of the outbox as the kernel takes. `frames` counts the finished ones.
    pub(crate) fn write(&self, outbox: &mut Outbox, frames: &mut u64) -> io::Result<Written> {
        let Some(stream) = self.stream.get() else { return Ok(Written::All) };
        while !outbox.is_empty() {
            let written = match outbox.single() {
                Some(bytes) => stream.try_write(bytes),
                None => {
                    let mut slices = [IoSlice::new(&[]); GATHERED];
                    let count = outbox.gather(&mut slices);
                    stream.try_write_vectored(&slices[..count])
                }
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => *frames += outbox.advance(written) as u64,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Written::Blocked),
                Err(error) => return Err(error),
            }
        }
        Ok(Written::All)
    }

    /// Ends the stream in the given directions; a reader that waits then sees the end.
    pub(crate) fn shutdown(&self, how: std::net::Shutdown) {
        if let Some(stream) = self.stream.get() {
            stream::shutdown(stream, how);
        }
    }

    /// What [`EngineConnection::post_header`](crate::EngineConnection::post_header) finds. Returns what it was.
    pub(crate) fn set_post_headers(&self, headers: Option<Box<HeaderMap>>) -> Option<Box<HeaderMap>> {
        let mut polling = self.polling.borrow_mut();
        polling.as_mut().and_then(|polling| std::mem::replace(&mut polling.post_headers, headers))
    }

    /// Whether packets of a POST wait for their turn.
    pub(crate) fn has_rest(&self) -> bool {
        self.polling.borrow().as_ref().is_some_and(|polling| polling.rest.is_some())
    }

    /// Returns what waited.
    pub(crate) fn set_rest(&self, rest: Option<Box<Rest>>) -> Option<Box<Rest>> {
        let mut polling = self.polling.borrow_mut();
        polling.as_mut().and_then(|polling| std::mem::replace(&mut polling.rest, rest))
    }

    /// Answers a poll that waits, for the last time. `false` if there is none.
    pub(crate) fn end_poll(&self, reason: DisconnectReason) -> bool {
        let waiting = self.polling.borrow_mut().as_mut().and_then(|polling| polling.waiting.take());
        let is_waiting = waiting.is_some();
        if let Some(waiting) = waiting {
            let mut payload = self.outbox.borrow_mut().take_payload(usize::MAX);
            // Clients come back by themselves from a session that is gone, but not all do from a close packet.
            let at_fault = matches!(reason, DisconnectReason::Protocol(_));
            let last = if at_fault { b"1" } else { b"6" };
            crate::codec::engine::append_text(&mut payload, last);
            let _ = waiting.send(crate::engine::Reply::ok(payload));
        }
        is_waiting
    }
}
