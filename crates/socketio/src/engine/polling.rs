//! HTTP long-polling, on the shard that owns the session.

use super::packets::on_packet;
use crate::{DisconnectReason, codec::engine, conn::Conn, random::Sid, shard::Shard, timers::Millis};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use std::rc::Rc;
use tokio::sync::oneshot;

/// Packets of one POST before others get their turn.
const PACKETS_PER_TURN: usize = 256;

/// A keyed hash of what says who asks, if the request brings it.
pub(crate) type Credentials = Option<u64>;

/// What a session has that began with polling.
pub(crate) struct Polling {
    pub(crate) sid: Sid,
    pub(crate) credentials: Credentials,
    pub(crate) waiting: Option<oneshot::Sender<Reply>>,
    /// A POST that is not read before more of what waits for the client is fetched.
    pub(crate) held: Option<oneshot::Sender<Reply>>,
    /// What is left of the last POST.
    pub(crate) rest: Option<Box<Rest>>,
    /// While a POST is dealt with, for those who want to know.
    pub(crate) post_headers: Option<Box<HeaderMap>>,
}

/// A POST that was read.
pub(crate) struct Posted {
    pub(crate) body: Bytes,
    /// Where somebody may ask for them.
    pub(crate) headers: Option<Box<HeaderMap>>,
}

/// Packets of a POST that wait for their turn.
pub(crate) struct Rest {
    payload: String,
    /// Where the next packet begins; after the end, there is none.
    at: usize,
    headers: Option<Box<HeaderMap>>,
}

impl Rest {
    fn next(&mut self) -> Option<Result<engine::Packet<'_>, engine::Malformed>> {
        let (packet, next) = engine::packet_at(&self.payload, self.at)?;
        self.at = next;
        Some(packet)
    }

    fn is_done(&self) -> bool {
        self.at > self.payload.len()
    }
}

/// The answer to a request of a session.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn ok(body: Vec<u8>) -> Self {
        Self { status: StatusCode::OK, body }
    }

    /// A refusal as Node words it.
    pub(crate) fn error(status: StatusCode, code: u8, message: &str) -> Self {
        Self { status, body: json!({ "code": code, "message": message }).to_string().into_bytes() }
    }

    pub(crate) fn unknown_sid() -> Self {
        Self::error(StatusCode::BAD_REQUEST, 1, "Session ID unknown")
    }

    pub(crate) fn bad_request() -> Self {
        Self::error(StatusCode::BAD_REQUEST, 3, "Bad request")
    }
}

impl Shard {
    /// The session, if it lives and the request brings no other credential than the one it was opened with. One that
    /// brings none is let in by the sid, which is a secret: some clients send headers with the first request only.
    fn session(self: &Rc<Self>, sid: &Sid, credentials: Credentials) -> Result<Rc<Conn>, Reply> {
        let conn = self.live_session(sid).ok_or_else(Reply::unknown_sid)?;
        let own = conn.polling.borrow().as_ref().and_then(|polling| polling.credentials);
        if own.is_none() || credentials.is_none() || own == credentials {
            return Ok(conn);
        }
        self.refuse("changed_credentials");
        Err(Reply::bad_request())
    }

    /// The same, if it is still polled.
    fn polled_session(self: &Rc<Self>, sid: &Sid, credentials: Credentials) -> Result<Rc<Conn>, Reply> {
        let conn = self.session(sid, credentials)?;
        if conn.session.borrow().is_polling() { Ok(conn) } else { Err(Reply::unknown_sid()) }
    }

    /// The session, if its time is not up, whatever the wheel has got round to.
    fn live_session(self: &Rc<Self>, sid: &Sid) -> Option<Rc<Conn>> {
        let find = || self.sids.borrow().get(sid).cloned();
        let now: Millis = self.now();
        if find()?.deadline() <= now {
            self.run_timers();
        }
        find()
    }

    pub(crate) fn on_poll(
        self: &Rc<Self>,
        sid: &Sid,
        credentials: Credentials,
        reply: oneshot::Sender<Reply>,
    ) {
        let conn = match self.polled_session(sid, credentials) {
            Ok(conn) => conn,
            Err(refusal) => return drop(reply.send(refusal)),
        };
        let polled = conn.session.borrow_mut().poll();
        if let Err(reason) = polled {
            let _ = reply.send(Reply::bad_request());
            return self.close(&conn, reason);
        }
        if let Some(polling) = conn.polling.borrow_mut().as_mut() {
            polling.waiting = Some(reply);
        }
        if conn.is_closed() {
            conn.end_poll(DisconnectReason::TransportClose);
            return self.forget(&conn);
        }
        self.answer_poll(&conn);
    }

    /// Answers a waiting poll if there is anything to say.
    pub(crate) fn answer_poll(self: &Rc<Self>, conn: &Rc<Conn>) {
        let max = self.shared.config.limits.max_payload_bytes;
        let mut session = conn.polling.borrow_mut();
        let Some(polling) = session.as_mut() else { return };
        if conn.outbox.borrow().is_empty() {
            return;
        }
        let Some(waiting) = polling.waiting.take() else { return };
        let payload = conn.outbox.borrow_mut().take_payload(max);
        conn.outbox.borrow_mut().shrink();
        conn.session.borrow_mut().answered();
        crate::stats::add(&self.counters().frames, 1);
        let _ = waiting.send(Reply::ok(payload));
        drop(session);
        self.release_post(conn);
    }

    /// A client that is about to upgrade waits for its poll to end.
    pub(crate) fn end_idle_poll(self: &Rc<Self>, conn: &Rc<Conn>) {
        let waits = conn.polling.borrow().as_ref().is_some_and(|polling| polling.waiting.is_some());
        if waits && conn.session.borrow().is_probing() {
            self.send(conn, &self.noop, false);
            self.answer_poll(conn);
        }
    }

    pub(crate) fn on_poll_aborted(self: &Rc<Self>, sid: &Sid) {
        let conn = self.sids.borrow().get(sid).cloned();
        if let Some(conn) = conn.filter(|conn| conn.session.borrow().is_polling()) {
            self.refuse("poll_aborted");
            self.close_with(&conn, DisconnectReason::TransportClose, None);
        }
    }

    pub(crate) fn on_post_begin(
        self: &Rc<Self>,
        sid: &Sid,
        credentials: Credentials,
        reply: oneshot::Sender<Reply>,
    ) {
        let conn = match self.polled_session(sid, credentials) {
            Ok(conn) if conn.is_closed() => return drop(reply.send(Reply::unknown_sid())),
            Ok(conn) => conn,
            Err(refusal) => return drop(reply.send(refusal)),
        };
        let posted = conn.session.borrow_mut().post();
        if let Err(reason) = posted {
            let _ = reply.send(Reply::bad_request());
            return self.close(&conn, reason);
        }
        if let Some(polling) = conn.polling.borrow_mut().as_mut() {
            polling.held = Some(reply);
        }
        self.release_post(&conn);
    }

    /// Has a POST read, unless too much waits for the client: who does not fetch may not ask for more.
    pub(crate) fn release_post(self: &Rc<Self>, conn: &Rc<Conn>) {
        if conn.is_congested(&self.shared.config.limits) {
            return;
        }
        if conn.has_rest() {
            return self.go_on_soon(conn);
        }
        let held = conn.polling.borrow_mut().as_mut().and_then(|polling| polling.held.take());
        if held.is_some_and(|held| held.send(Reply::ok(Vec::new())).is_err()) {
            self.close(conn, DisconnectReason::Protocol(DisconnectReason::POST_FAILED));
        }
    }

    pub(crate) fn on_post_end(
        self: &Rc<Self>,
        sid: &Sid,
        posted: Option<Posted>,
        reply: oneshot::Sender<Reply>,
    ) {
        let Some(conn) = self.live_session(sid).filter(|conn| !conn.is_closed()) else {
            return drop(reply.send(Reply::unknown_sid()));
        };
        conn.session.borrow_mut().posted();
        let Some(Posted { body, headers }) = posted else {
            if !conn.session.borrow().is_polling() {
                // It has upgraded meanwhile: what it posted last did not come, its WebSocket lives.
                return drop(reply.send(Reply::bad_request()));
            }
            return self.close(&conn, DisconnectReason::Protocol(DisconnectReason::POST_FAILED));
        };
        let answer = match String::from_utf8(body.into()) {
            Ok(payload) => {
                conn.set_rest(Some(Box::new(Rest { payload, at: 0, headers })));
                self.read_on(&conn)
            }
            Err(_) => self.malformed_payload(&conn),
        };
        let _ = reply.send(if answer { Reply::ok(b"ok".to_vec()) } else { Reply::bad_request() });
    }

    fn malformed_payload(self: &Rc<Self>, conn: &Rc<Conn>) -> bool {
        self.close(conn, DisconnectReason::Protocol("malformed_payload"));
        false
    }

    /// Deals with the next packets of a POST. `false` if one is malformed.
    pub(crate) fn read_on(self: &Rc<Self>, conn: &Rc<Conn>) -> bool {
        let Some(mut rest) = conn.set_rest(None) else { return true };
        conn.set_post_headers(rest.headers.take());
        let (limits, mut is_well) = (&self.shared.config.limits, true);
        for _ in 0..PACKETS_PER_TURN {
            if conn.is_closed() || conn.is_congested(limits) {
                break;
            }
            match rest.next() {
                Some(Ok(packet)) => on_packet(self, conn, packet),
                Some(Err(_)) => is_well = self.malformed_payload(conn),
                None => break,
            }
        }
        rest.headers = conn.set_post_headers(None);
        if !rest.is_done() && !conn.is_closed() {
            conn.set_rest(Some(rest));
        }
        self.release_post(conn);
        is_well
    }

    /// After the others, and what was begun in this turn, had theirs.
    fn go_on_soon(self: &Rc<Self>, conn: &Rc<Conn>) {
        let (shard, conn) = (self.clone(), conn.clone());
        tokio::task::spawn_local(async move {
            if conn.session.borrow().is_polling() {
                shard.read_on(&conn);
            }
        });
    }

    pub(crate) fn on_probe_check(
        self: &Rc<Self>,
        sid: &Sid,
        credentials: Credentials,
        reply: oneshot::Sender<Reply>,
    ) {
        // A second one, or one after the upgrade, is accepted and then closed, as Node does it.
        let answer = self.session(sid, credentials).map_or_else(|refusal| refusal, |_| Reply::ok(Vec::new()));
        let _ = reply.send(answer);
    }
}
