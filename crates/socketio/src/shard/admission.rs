//! Who is let in: the rate of handshakes, and how many connections there may be.

use super::{Message, Shard};
use crate::{
    DisconnectReason,
    conn::{Conn, Seats},
    socket::client::Client,
    users::Place,
};
use std::rc::Rc;

impl Shard {
    /// The seats of a new connection, or the limit that leaves none. `is_raw`: no namespace will be joined.
    pub(crate) fn seats(&self, is_raw: bool) -> Result<Seats, &'static str> {
        let (shared, limits) = (&self.shared, &self.shared.config.limits);
        let connection = shared.connections.take(limits.connections).ok_or("connections")?;
        let unadmitted = if is_raw {
            None
        } else {
            let seat = shared.unadmitted.take(limits.unadmitted_connections);
            Some(seat.ok_or("unadmitted_connections")?)
        };
        // Last, so that a refusal for want of seats uses up none of the rate.
        if !self.is_within_rate() {
            return Err("handshakes_per_second");
        }
        Ok(Seats { _connection: Some(connection), unadmitted, user: None })
    }

    /// Whether `handshakes_per_second` has room for one more. Each shard guards its share of the rate.
    fn is_within_rate(&self) -> bool {
        let limits = &self.shared.config.limits;
        if limits.handshakes_per_second == 0 {
            return true;
        }
        // The time at which a bucket of this rate would be full again (GCRA), in microseconds.
        let shards = self.shared.shards() as u64;
        let interval = 1_000_000 * shards / u64::from(limits.handshakes_per_second);
        let tolerance = interval * (u64::from(limits.handshakes_burst) / shards);
        let now = self.now() * 1000;
        let full_at = self.admission.get().max(now);
        if full_at > now + tolerance {
            return false;
        }
        self.admission.set(full_at + interval);
        true
    }

    /// The connection is in a namespace, and so is its user's from now on.
    pub(crate) fn joined(&self, conn: &Conn) {
        conn.session.borrow_mut().admit();
        let mut seats = conn.seats.borrow_mut();
        drop(seats.unadmitted.take());
        let Some(principal) = conn.handshake.principal() else { return };
        if seats.user.is_some() {
            return;
        }
        let (shared, limit) = (&self.shared, self.shared.config.limits.connections_per_user);
        let place = Place { shard: self.index as u16, conn: conn.key.get() as u32 };
        let (entry, evicted) = shared.users.enter(principal, place, limit);
        seats.user = Some(entry);
        if let Some((place, serial)) = evicted {
            shared.send(usize::from(place.shard), Message::Evict(place.conn, serial));
        }
    }

    /// Its user has too many connections. Told by DISCONNECT, official clients stay away: would they come back, each
    /// would push out another.
    pub(crate) fn evict(self: &Rc<Self>, key: u32, serial: u64) {
        let conn = self.conns.borrow().get(key as usize).cloned();
        let is_meant = |conn: &Rc<Conn>| {
            let seats = conn.seats.borrow();
            seats.user.as_ref().is_some_and(|entry| entry.serial == serial)
        };
        let Some(conn) = conn.filter(is_meant) else { return };
        for link in conn.client().map(Client::links).unwrap_or_default() {
            self.disconnect(&conn, &link);
        }
        self.close(&conn, DisconnectReason::Closed("connections_per_user"));
    }
}
