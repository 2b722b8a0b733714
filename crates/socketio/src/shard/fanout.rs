//! From a frame to the connections: nothing is allocated, locked or woken per recipient.

use super::{Message, Shard};
use crate::{
    Broadcast, DisconnectReason, Frame, Overflow,
    conn::{Conn, Written},
    outbox::Full,
    recovery::Stamp,
    server::Shared,
    socket::slots::Link,
    stats::add,
};
use std::{net::Shutdown, rc::Rc, sync::Arc};
use tokio::time::Instant;

/// Full queues dealt with in one tick: what many have in common, they have at the same time, and nobody else is to wait
/// until the last of them is told or closed.
const OVERFLOWS_PER_TICK: usize = 16;
/// Lists of connections that grew beyond this are given back after the tick.
const KEPT_CAPACITY: usize = 16 * 1024;

impl Shard {
    pub(crate) fn broadcast(self: &Rc<Self>, namespace: u16, broadcast: &Broadcast, stamp: Option<&Stamp>) {
        let Broadcast { rooms, except, volatile, frame } = broadcast;
        let mut stamped = None;
        if let Some(stamp) = stamp {
            self.reach(namespace, stamp.position);
            stamped.clone_from(&stamp.frame);
        }
        let mut deliver = |conn: &Rc<Conn>, recovers: bool| {
            let frame = match recovers {
                true => {
                    self.note_unlogged(conn, namespace);
                    stamped.get_or_insert_with(|| self.stamped_late(namespace, frame))
                }
                false => frame,
            };
            if conn.overflowed.get() {
                add(&self.counters().volatile_dropped, u64::from(*volatile));
            } else if self.push(conn, frame, *volatile).is_err() {
                self.set_aside(conn);
            }
        };
        let mut members = self.rooms(namespace).borrow_mut();
        if rooms.is_empty() {
            let walk = members.mark(except);
            for (_, conn) in self.conns.borrow().iter() {
                let link = conn.client().and_then(|client| client.link(namespace));
                if let Some(link) = link.filter(|link| !link.node.seen_in(walk)) {
                    deliver(conn, link.node.recovers());
                }
            }
        } else {
            members.walk(rooms, except, deliver);
        }
    }

    /// Several broadcasts of one namespace, in their order.
    pub(crate) fn broadcast_all(self: &Rc<Self>, namespace: u16, all: &[(Broadcast, Option<Stamp>)]) {
        for (broadcast, stamp) in all {
            self.broadcast(namespace, broadcast, stamp.as_ref());
        }
    }

    /// Queues a frame for one connection. What happens if that passes its budget is for its sockets to say.
    pub(crate) fn send(self: &Rc<Self>, conn: &Rc<Conn>, frame: &Frame, volatile: bool) {
        if conn.overflowed.get() {
            self.overflow(conn, None);
        }
        if self.push(conn, frame, volatile).is_err() {
            self.overflow(conn, Some(frame));
        }
    }

    /// Its turn comes after those who read. Until then it misses events, of which it is told, and nothing else.
    fn set_aside(&self, conn: &Rc<Conn>) {
        conn.overflowed.set(true);
        let mut overflowed = self.overflowed.borrow_mut();
        if overflowed.is_empty() {
            self.tick.notify_one();
        }
        overflowed.push_back(conn.clone());
    }

    /// The turn of a few that were set aside.
    fn relieve(self: &Rc<Self>) {
        for _ in 0..OVERFLOWS_PER_TICK {
            let Some(conn) = self.overflowed.borrow_mut().pop_front() else { break };
            if conn.overflowed.get() {
                self.overflow(&conn, None);
            }
        }
        let mut overflowed = self.overflowed.borrow_mut();
        if overflowed.is_empty() {
            overflowed.shrink_to(KEPT_CAPACITY);
        } else {
            self.tick.notify_one();
        }
    }

    /// The budget is passed even without the volatile frames; `frame` is the one that did not fit, unless it may go.
    fn overflow(self: &Rc<Self>, conn: &Rc<Conn>, frame: Option<&Frame>) {
        conn.overflowed.set(false);
        if conn.is_closed() {
            return;
        }
        // An answer of the application that overflows again is no answer.
        let asked = !self.overflowing.replace(true);
        let notices = if asked { self.invalidation(conn) } else { None };
        if asked {
            self.overflowing.set(false);
        }
        let Some(notices) = notices else {
            return self.close(conn, DisconnectReason::SlowConsumer);
        };
        conn.outbox.borrow_mut().drop_events();
        add(&self.counters().invalidated, 1);
        let answer = frame.filter(|frame| !frame.is_event()).cloned();
        for frame in notices.into_iter().chain(answer) {
            if self.push(conn, &frame, false).is_err() {
                return self.close(conn, DisconnectReason::SlowConsumer);
            }
        }
    }

    /// What tells the sockets of a connection that they have missed events; nothing unless all of them agree.
    fn invalidation(&self, conn: &Conn) -> Option<Vec<Frame>> {
        let mut links = conn.client()?.links();
        // One that is only about to be connected has missed nothing yet.
        links.retain(|link| link.announced.get());
        let notices: Option<Vec<_>> = links.iter().map(|link| self.notice(link)).collect();
        notices.filter(|notices| !notices.is_empty())
    }

    fn notice(&self, link: &Link) -> Option<Frame> {
        let handler = &self.shared.namespace(link.socket.0.namespace).handler;
        let mut overflow = Overflow::Close;
        let asked = self.guarded(|| overflow = handler.overflow(&link.socket));
        match (asked, overflow) {
            (Ok(()), Overflow::Invalidate(notice)) => Some(self.stamp(link, &notice, true).unwrap_or(notice)),
            _ => None,
        }
    }

    fn push(&self, conn: &Rc<Conn>, frame: &Frame, volatile: bool) -> Result<(), Full> {
        if conn.is_closed() {
            return Ok(());
        }
        if volatile && conn.blocked.get() {
            add(&self.counters().volatile_dropped, 1);
            return Ok(());
        }
        let limits = &self.shared.config.limits;
        let mut outbox = conn.outbox.borrow_mut();
        if !outbox.has_room(frame, limits) {
            if !conn.blocked.get() {
                // Much was queued within one tick: that says nothing yet about the peer. Errors show at the flush.
                let mut frames = 0;
                let _ = conn.write(&mut outbox, &mut frames);
                add(&self.counters().frames, frames);
            }
            if !outbox.has_room(frame, limits) {
                match outbox.make_room(frame, limits) {
                    Ok(dropped) => add(&self.counters().volatile_dropped, dropped as u64),
                    Err(Full) if volatile => {
                        add(&self.counters().volatile_dropped, 1);
                        return Ok(());
                    }
                    Err(Full) => return Err(Full),
                }
            }
        }
        outbox.push(frame.clone(), volatile);
        drop(outbox);
        conn.note_activity();
        self.touch(conn);
        Ok(())
    }

    /// Has the connection flushed at the end of the tick.
    pub(crate) fn touch(&self, conn: &Rc<Conn>) {
        if conn.blocked.get() || conn.touched.replace(true) {
            return;
        }
        let mut touched = self.touched.borrow_mut();
        if touched.is_empty() {
            self.tick.notify_one();
        }
        touched.push(conn.clone());
    }

    /// The end of a tick: every touched connection gets one write.
    pub(crate) fn flush(self: &Rc<Self>) {
        let mut flushing = self.flushing.take();
        std::mem::swap(&mut flushing, &mut *self.touched.borrow_mut());
        let mut frames = 0;
        for conn in flushing.drain(..) {
            self.flush_one(&conn, &mut frames);
        }
        if flushing.capacity() > KEPT_CAPACITY {
            flushing = Vec::new();
        }
        self.flushing.replace(flushing);
        if frames > 0 {
            add(&self.counters().frames, frames);
        }
        self.relieve();
    }

    fn flush_one(self: &Rc<Self>, conn: &Rc<Conn>, frames: &mut u64) {
        conn.touched.set(false);
        if conn.session.borrow().is_polling() {
            return self.answer_poll(conn);
        }
        let written = conn.write(&mut conn.outbox.borrow_mut(), frames);
        match written {
            Ok(Written::All) if conn.is_closed() => conn.shutdown(Shutdown::Write),
            Ok(Written::All) => {}
            Ok(Written::Blocked) => self.wait_writable(conn),
            Err(_) => self.close(conn, DisconnectReason::TransportError),
        }
    }

    /// The kernel takes no more: a task waits until it does, and watches that it does not take too long.
    fn wait_writable(self: &Rc<Self>, conn: &Rc<Conn>) {
        if conn.blocked.replace(true) {
            return;
        }
        self.renew_patience(conn);
        let (shard, conn) = (self.clone(), conn.clone());
        tokio::task::spawn_local(async move {
            let mut frames = 0;
            let Some(stream) = conn.stream.get() else { return };
            let ended = loop {
                if stream.writable().await.is_err() {
                    break Err(DisconnectReason::TransportError);
                }
                let before = conn.outbox.borrow().position();
                let written = conn.write(&mut conn.outbox.borrow_mut(), &mut frames);
                match written {
                    Ok(Written::All) => break Ok(()),
                    Ok(Written::Blocked) if before == conn.outbox.borrow().position() => {}
                    Ok(Written::Blocked) => shard.renew_patience(&conn),
                    Err(_) => break Err(DisconnectReason::TransportError),
                }
            };
            add(&shard.counters().frames, frames);
            conn.blocked.set(false);
            match ended {
                Err(reason) => shard.close(&conn, reason),
                Ok(()) if conn.is_closed() => conn.shutdown(Shutdown::Write),
                Ok(()) => shard.end_patience(&conn),
            }
        });
    }
}

pub(crate) fn broadcast(shared: &Arc<Shared>, namespace: u16, broadcast: &Broadcast) {
    let Some(log) = shared.log(namespace) else {
        return super::on_every(
            shared,
            || Message::Broadcast(namespace, broadcast.clone(), None),
            |shard| shard.broadcast(namespace, broadcast, None),
        );
    };
    log.publish(broadcast, Instant::now(), |stamp| {
        super::to_every_mailbox(shared, || {
            Message::Broadcast(namespace, broadcast.clone(), Some(stamp.clone()))
        });
    });
}

/// As [`broadcast`], for several at once: each shard gets one message and flushes once.
pub(crate) fn broadcast_all(shared: &Arc<Shared>, namespace: u16, broadcasts: Vec<Broadcast>) {
    let Some(log) = shared.log(namespace) else {
        let all: Arc<[_]> = broadcasts.into_iter().map(|broadcast| (broadcast, None)).collect();
        return super::on_every(
            shared,
            || Message::Broadcasts(namespace, all.clone()),
            |shard| shard.broadcast_all(namespace, &all),
        );
    };
    log.publish_all(broadcasts, Instant::now(), |stamped| {
        let all: Arc<[_]> = stamped.into();
        super::to_every_mailbox(shared, || Message::Broadcasts(namespace, all.clone()));
    });
}
