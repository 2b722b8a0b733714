//! Connection state recovery on one shard: what its sockets are sent is tracked, and their sessions wait or come back.

use super::Shard;
use crate::{
    DisconnectReason, Frame, Room,
    conn::Conn,
    recovery::{Log, Pid, Position},
    socket::slots::Link,
};
use std::{rc::Rc, time::Duration};
use tokio::{sync::oneshot, time::Instant};

/// Sessions and broadcasts are looked through so many times while they last.
const SWEEPS_PER_WINDOW: u32 = 8;

/// A connection is asked whether it lives.
pub(super) struct Probe {
    since: Instant,
    /// Who claims a session of it.
    waiting: Vec<oneshot::Sender<bool>>,
}

impl Shard {
    pub(crate) fn log(&self, namespace: u16) -> Option<&Log> {
        self.shared.log(namespace)
    }

    /// The last broadcast of a namespace that was dealt with here.
    pub(crate) fn position(&self, namespace: u16) -> u64 {
        self.positions.get(usize::from(namespace)).map_or(0, std::cell::Cell::get)
    }

    pub(super) fn reach(&self, namespace: u16, position: u64) {
        if let Some(reached) = self.positions.get(usize::from(namespace)) {
            reached.set(position);
        }
    }

    /// Somebody began to follow a room, or the namespace, at this point of the log. What is still on its way to this
    /// shard from before may not be in the log.
    pub(crate) fn unlogged_up_to(&self, namespace: u16, head: u64) {
        if let Some(unlogged) = self.unlogged.get(usize::from(namespace)) {
            unlogged.set(unlogged.get().max(head));
        }
    }

    /// Notes with a socket that it was sent what may not be in the log.
    pub(super) fn note_unlogged(&self, conn: &Conn, namespace: u16) {
        let position = self.position(namespace);
        if self.unlogged.get(usize::from(namespace)).is_none_or(|unlogged| unlogged.get() < position) {
            return;
        }
        if let Some(link) = conn.client().and_then(|client| client.link(namespace))
            && let Some(tracker) = link.tracker.borrow_mut().as_mut()
        {
            tracker.note_unlogged(position);
        }
    }

    /// For a socket that came while the broadcast was under way.
    pub(super) fn stamped_late(&self, namespace: u16, frame: &Frame) -> Frame {
        let position = Position::of_broadcast(self.position(namespace));
        self.log(namespace).and_then(|log| log.stamped(frame, position)).unwrap_or_else(|| frame.clone())
    }

    /// The frame as a recovering socket gets it; `None` if this one does not recover, or the frame has no offset.
    pub(super) fn stamp(&self, link: &Link, frame: &Frame, volatile: bool) -> Option<Frame> {
        let namespace = link.socket.0.namespace;
        let mut tracker = link.tracker.borrow_mut();
        tracker.as_mut()?.stamp(self.log(namespace)?, frame, self.position(namespace), volatile)
    }

    /// Queues a frame for one socket.
    pub(crate) fn emit(self: &Rc<Self>, conn: &Rc<Conn>, link: &Link, frame: &Frame, volatile: bool) {
        match self.stamp(link, frame, volatile) {
            Some(stamped) => self.send(conn, &stamped, volatile),
            None => self.send(conn, frame, volatile),
        }
    }

    pub(super) fn track_join(&self, link: &Link, room: &Room) {
        let namespace = link.socket.0.namespace;
        if let (Some(log), Some(tracker)) = (self.log(namespace), link.tracker.borrow_mut().as_mut()) {
            let head = tracker.join(log, room, self.position(namespace));
            self.unlogged_up_to(namespace, head);
        }
    }

    pub(super) fn track_leave(&self, link: &Link, room: &Room) {
        let namespace = link.socket.0.namespace;
        if let (Some(log), Some(tracker)) = (self.log(namespace), link.tracker.borrow_mut().as_mut()) {
            tracker.leave(log, room, self.position(namespace));
        }
    }

    /// Now and then: what is too old to be sent again goes.
    pub(super) fn trim_tracker(&self, link: &Link) {
        if let (Some(log), Some(tracker)) =
            (self.log(link.socket.0.namespace), link.tracker.borrow_mut().as_mut())
        {
            tracker.trim(log);
        }
    }

    /// A socket has left its namespace: its session waits for it, or ends.
    pub(crate) fn park(&self, link: &Link, reason: DisconnectReason) {
        let (namespace, tracker) = (link.socket.0.namespace, link.tracker.borrow_mut().take());
        let (Some(log), Some(tracker)) = (self.log(namespace), tracker) else { return };
        if reason.is_cut() {
            let (room, data) = (link.socket.room().clone(), link.socket.0.data.clone());
            tracker.park(log, room, data, self.position(namespace));
        } else {
            tracker.end(log);
        }
    }

    /// Asks a connection whose session is claimed for a sign of life, and closes it if there is none.
    pub(super) fn challenge(self: &Rc<Self>, key: usize, pid: Pid, answer: oneshot::Sender<bool>) {
        let conn =
            self.conns.borrow().get(key).filter(|conn| !conn.is_closed() && has_session(conn, &pid)).cloned();
        let Some(conn) = conn else {
            let _ = answer.send(false);
            return;
        };
        let now = Instant::now();
        let mut challenges = self.challenges.borrow_mut();
        let probe = challenges.entry(key).or_insert_with(|| Probe { since: now, waiting: Vec::new() });
        // One at a time, its answer for all who wait. Some have left meanwhile.
        let is_new = probe.waiting.is_empty();
        probe.waiting.retain(|waiting| !waiting.is_closed());
        probe.waiting.push(answer);
        drop(challenges);
        if !is_new {
            return;
        }
        self.send(&conn, &self.ping, false);
        let (shard, patience) = (self.clone(), self.shared.config.limits.recovery_probe_ms);
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_millis(patience)).await;
            let is_over = shard.challenges.borrow().get(&key).is_none_or(|probe| probe.since != now);
            if !is_over && !conn.is_closed() {
                shard.close(&conn, DisconnectReason::Closed("claimed"));
            }
        });
    }

    /// A pong has come.
    pub(crate) fn show_life(&self, conn: &Conn) {
        if !self.challenges.borrow().is_empty() {
            self.answer_challenges(conn, true);
        }
    }

    /// Whether the connection lives.
    pub(super) fn answer_challenges(&self, conn: &Conn, alive: bool) {
        let probe = self.challenges.borrow_mut().remove(&conn.key.get());
        for waiting in probe.into_iter().flat_map(|probe| probe.waiting) {
            let _ = waiting.send(alive);
        }
    }

    /// Tells every socket of these namespaces something, each by itself.
    pub(super) fn say_goodbye(self: &Rc<Self>, goodbye: &[(Box<str>, Frame)]) {
        for (namespace, frame) in goodbye {
            for conn in self.all() {
                let meant = |link: &Link| link.socket.namespace() == &**namespace;
                if let Some(link) = conn.client().and_then(|client| client.slots.find(meant)) {
                    self.send(&conn, &self.stamp(&link, frame, true).unwrap_or_else(|| frame.clone()), false);
                }
            }
        }
    }
}

fn has_session(conn: &Conn, pid: &Pid) -> bool {
    let links = conn.client().map(crate::socket::client::Client::links).unwrap_or_default();
    links.iter().any(|link| link.tracker.borrow().as_ref().is_some_and(|tracker| tracker.pid == *pid))
}

/// Forgets sessions and broadcasts that are too old, when nothing else happens. One shard does it for all.
pub(super) async fn sweep(shard: Rc<Shard>) {
    if shard.index > 0 || shard.shared.logs().is_empty() {
        return;
    }
    let window = Duration::from_millis(shard.shared.config.limits.recovery_window_ms);
    loop {
        tokio::time::sleep((window / SWEEPS_PER_WINDOW).max(Duration::from_millis(10))).await;
        shard.shared.logs().iter().for_each(|log| log.sweep(Instant::now()));
    }
}
