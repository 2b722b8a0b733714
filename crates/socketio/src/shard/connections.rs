//! Opening, timing and closing connections.

use super::Shard;
use crate::{
    DisconnectReason, Frame,
    codec::websocket::{self, close_code},
    conn::{Conn, Upper},
    socket::client,
    stats::{add, decrement},
    timers::{Entry, Millis, NEVER},
};
use std::{net::Shutdown, rc::Rc};

/// How long a closed connection may take to say goodbye.
pub(crate) const GOODBYE_MS: Millis = 2_000;

impl Shard {
    /// Gives a new connection its place and its first deadline.
    pub(crate) fn admit(self: &Rc<Self>, conn: &Rc<Conn>) {
        conn.key.set(self.conns.borrow_mut().insert(conn.clone()));
        add(&self.counters().connections, 1);
        self.arm(conn);
    }

    /// Sees to it that the wheel calls in time.
    pub(crate) fn arm(&self, conn: &Rc<Conn>) {
        let deadline = conn.deadline();
        if deadline < conn.armed.get() {
            conn.armed.set(deadline);
            self.wheel.borrow_mut().insert(Entry { key: conn.key.get(), deadline });
            if deadline < self.sleeping_until.get() {
                self.tick.notify_one();
            }
        }
    }

    pub(crate) fn next_wake(&self, now: Millis) -> Option<Millis> {
        self.wheel.borrow().next_wake(now)
    }

    pub(crate) fn run_timers(self: &Rc<Self>) {
        let (now, mut due) = (self.now(), Vec::new());
        self.wheel.borrow_mut().advance(now, &mut due);
        for Entry { key, deadline } in due {
            let conn = self.conns.borrow().get(key).cloned();
            // Another entry, or another connection, has taken its place.
            if let Some(conn) = conn.filter(|conn| conn.armed.get() == deadline) {
                conn.armed.set(NEVER);
                self.on_timer(&conn, now);
            }
        }
    }

    fn on_timer(self: &Rc<Self>, conn: &Rc<Conn>, now: Millis) {
        if now >= conn.patience.get() {
            if conn.is_closed() && conn.stream.get().is_none() {
                return self.forget(conn);
            } else if conn.is_closed() {
                return conn.shutdown(Shutdown::Both);
            }
            return self.close(conn, DisconnectReason::WriteStall);
        }
        if conn.is_closed() {
            return self.arm(conn);
        }
        let ping = conn.session.borrow_mut().on_timer(now, self.shared.timings);
        match ping {
            // Its pong may be among what is not read while too much waits for it; `write_stall_ms` watches it. A polling
            // client is read as soon as it fetches.
            Err(DisconnectReason::PingTimeout)
                if conn.is_congested(&self.shared.config.limits) && !conn.session.borrow().is_polling() =>
            {
                conn.session.borrow_mut().await_pong(now, self.shared.timings);
            }
            Err(reason) => return self.close(conn, reason),
            Ok(true) => {
                if !conn.was_active() {
                    conn.outbox.borrow_mut().shrink();
                }
                self.send(conn, &self.ping, false);
                // A connection that only beats is idle.
                conn.was_active();
            }
            Ok(false) => {}
        }
        for link in conn.client().map(client::Client::links).unwrap_or_default() {
            if let Some(acks) = link.acks.borrow_mut().as_mut() {
                acks.expire(now);
            }
            self.trim_tracker(&link);
        }
        self.arm(conn);
    }

    /// Bytes were taken, or are now awaited.
    pub(super) fn renew_patience(&self, conn: &Rc<Conn>) {
        if !conn.is_closed() {
            conn.patience.set(self.now() + self.shared.config.limits.write_stall_ms);
            self.arm(conn);
        }
    }

    pub(super) fn end_patience(&self, conn: &Conn) {
        conn.patience.set(NEVER);
    }

    pub(crate) fn close(self: &Rc<Self>, conn: &Rc<Conn>, reason: DisconnectReason) {
        let code = match reason {
            DisconnectReason::Protocol("max_payload_bytes") => close_code::TOO_LARGE,
            DisconnectReason::Protocol(_) | DisconnectReason::ConnectTimeout => close_code::POLICY,
            DisconnectReason::Closed("draining") => close_code::GOING_AWAY,
            _ => close_code::NORMAL,
        };
        self.close_with(conn, reason, Some(code));
    }

    /// Ends a connection: its sockets leave, then the peer is told, if it can be.
    pub(crate) fn close_with(self: &Rc<Self>, conn: &Rc<Conn>, reason: DisconnectReason, code: Option<u16>) {
        if !conn.mark_closed() {
            return;
        }
        self.note(conn, reason);
        conn.set_rest(None);
        match &conn.upper {
            Upper::SocketIo(client) => client::leave_all(self, client, reason),
            Upper::Raw(handler) => {
                let handler = handler.clone();
                let _ = self.guarded(|| handler.closed(&crate::EngineConnection::new(self, conn), reason));
            }
        }
        // Its sessions wait now for whoever claimed them.
        self.answer_challenges(conn, false);
        if conn.session.borrow().is_polling() {
            let waited = conn.end_poll(reason);
            // Between two polls, the next one hears what was said last. A client that closes does so by a POST; its
            // poll may still be on the way over another connection.
            let is_listening =
                matches!(reason, DisconnectReason::TransportClose | DisconnectReason::Closed(_));
            if waited || code.is_none() || !is_listening {
                return self.forget(conn);
            }
            return self.linger(conn);
        }
        let Some(code) = code.filter(|_| !reason.is_abrupt()) else {
            return conn.shutdown(Shutdown::Both);
        };
        // That something is too large is all that there is to say.
        let why = if code == close_code::TOO_LARGE { "" } else { reason.as_str() };
        let goodbye = Frame::framed(websocket::close(code, why));
        conn.outbox.borrow_mut().push(goodbye, false);
        self.linger(conn);
        self.touch(conn);
    }

    fn linger(&self, conn: &Rc<Conn>) {
        conn.patience.set(self.now() + GOODBYE_MS);
        self.arm(conn);
    }

    fn note(&self, conn: &Conn, reason: DisconnectReason) {
        conn.seats.take();
        decrement(&self.counters().connections);
        if matches!(reason, DisconnectReason::TransportClose) {
            return;
        }
        self.refuse(reason.as_str());
        tracing::debug!(%reason, remote = %conn.handshake.remote_addr(), "connection closed");
    }

    /// The transport is gone for good.
    pub(crate) fn forget(self: &Rc<Self>, conn: &Rc<Conn>) {
        self.close_with(conn, DisconnectReason::TransportClose, None);
        if let Some(polling) = conn.polling.borrow_mut().take() {
            let mut sids = self.sids.borrow_mut();
            sids.remove(&polling.sid);
            if sids.is_empty() {
                sids.shrink_to_fit();
            }
        }
        let key = conn.key.replace(usize::MAX);
        if key != usize::MAX {
            let mut conns = self.conns.borrow_mut();
            conns.try_remove(key);
            if conns.is_empty() {
                conns.shrink_to_fit();
            }
        }
        conn.outbox.borrow_mut().clear();
    }

    pub(crate) fn all(&self) -> Vec<Rc<Conn>> {
        self.conns.borrow().iter().map(|(_, conn)| conn.clone()).collect()
    }

    pub(crate) fn close_all(self: &Rc<Self>, reason: &'static str) {
        for conn in self.all() {
            self.close(&conn, DisconnectReason::Closed(reason));
        }
    }
}
