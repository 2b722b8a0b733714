//! Sessions that can be taken up again, by their secret.

use super::{
    Position,
    log::{Log, Rings, State},
    tracker::{Directs, Membership},
};
use crate::{Room, random::Sid};
use std::{
    any::Any,
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};
use tokio::time::Instant;

/// The secret that names a session; the client knows it from its CONNECT reply.
pub(crate) type Pid = Sid;

/// Where a session's connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) shard: usize,
    pub(crate) conn: usize,
}

/// A session whose client is away.
pub(crate) struct Parked {
    /// The socket's own room, which has its id as name.
    pub(crate) room: Room,
    pub(crate) data: Arc<dyn Any + Send + Sync>,
    pub(crate) memberships: Vec<Membership>,
    /// Rooms that it was in before, and until which broadcast.
    pub(super) left: VecDeque<(Membership, u64)>,
    pub(super) directs: Directs,
    /// What was sent before is not of this session.
    pub(super) start: Position,
    /// The last that can have been sent.
    pub(super) last: Position,
    /// The last broadcast that was sent and may not be in the log.
    pub(super) unlogged: u64,
}

impl Parked {
    /// Whether the socket was in a room when this broadcast came to it.
    pub(super) fn was_in(&self, room: &Room, broadcast: u64) -> bool {
        let is_in = |membership: &Membership| membership.room == *room && membership.since < broadcast;
        self.memberships.iter().any(is_in)
            || self.left.iter().any(|(left, until)| is_in(left) && broadcast <= *until)
    }

    /// Whether it is one of those in `rooms`, as in [`Broadcast::rooms`](crate::Broadcast::rooms).
    pub(super) fn is_of(&self, rooms: &[Room]) -> bool {
        rooms.is_empty() || self.memberships.iter().any(|membership| rooms.contains(&membership.room))
    }

    /// Gives up every room that may not be kept, and what was missed there.
    pub(crate) fn retain(&mut self, log: &Log, keep: impl Fn(&Room) -> bool) {
        self.memberships.retain(|membership| {
            let kept = keep(&membership.room);
            if !kept {
                log.unfollow(&membership.room);
            }
            kept
        });
    }
}

/// Who may take a session up, and what is left of it.
pub(super) struct Session {
    principal: Option<Box<str>>,
    place: Place,
    /// How often it was claimed. A client has given up all of its claims but the last.
    claims: u64,
}

enum Place {
    Live(Home),
    /// Until then.
    Parked(Box<Parked>, Instant),
}

#[derive(Default)]
pub(super) struct Sessions {
    by_pid: HashMap<Pid, Session>,
    /// Those who are away, and until when each is kept.
    expiring: BTreeSet<(Instant, Pid)>,
}

/// Somebody's right to take a session up, until the next claim to it.
#[derive(Debug)]
pub(crate) struct Claim {
    pid: Pid,
    number: u64,
    /// The connection that has the session still, dead or alive.
    pub(crate) holder: Option<Home>,
}

/// Why a session is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Never was, or too long ago, or taken up already.
    Unknown,
    /// It is somebody else's.
    Foreign,
    /// A living connection has it, or a later one claims it.
    InUse,
    /// Not all that was missed is there any more.
    Window,
}

impl Lost {
    /// As it is counted.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "recovery_unknown",
            Self::Foreign => "recovery_foreign",
            Self::InUse => "recovery_in_use",
            Self::Window => "recovery_window",
        }
    }
}

impl Sessions {
    pub(super) fn is_empty(&self) -> bool {
        self.by_pid.is_empty()
    }

    /// Takes one off, wherever its client is.
    fn take(&mut self, pid: &Pid) -> Option<Session> {
        let session = self.by_pid.remove(pid)?;
        if let Place::Parked(_, until) = session.place {
            self.expiring.remove(&(until, *pid));
        }
        Some(session)
    }

    /// Takes off those who are away and of whom this is true.
    pub(super) fn take_parked_if(&mut self, mut is_over: impl FnMut(&mut Parked) -> bool) -> Vec<Session> {
        let over = self.by_pid.iter_mut().filter_map(|(pid, session)| match &mut session.place {
            Place::Parked(parked, _) => is_over(parked).then_some(*pid),
            Place::Live(_) => None,
        });
        let over: Vec<Pid> = over.collect();
        over.iter().filter_map(|pid| self.take(pid)).collect()
    }

    /// Takes off the first whose time is up, or the first at all if there are more than `most`.
    fn take_expired(&mut self, now: Instant, most: usize) -> Option<Session> {
        let (until, pid) = *self.expiring.first()?;
        if until > now && self.expiring.len() <= most {
            return None;
        }
        self.take(&pid)
    }
}

impl Session {
    pub(super) fn unfollow_all(&self, rings: &mut Rings) {
        if let Place::Parked(parked, _) = &self.place {
            parked.memberships.iter().for_each(|membership| rings.unfollow(&membership.room));
        }
    }
}

impl Log {
    /// Forgets sessions whose time is up, or that are too many.
    pub(super) fn expire(&self, now: Instant) {
        let mut over = Vec::new();
        let mut state = self.state();
        let State { sessions, rings, .. } = &mut *state;
        while let Some(session) = sessions.take_expired(now, self.bounds.sessions) {
            session.unfollow_all(rings);
            over.push(session);
        }
        if sessions.by_pid.is_empty() {
            *sessions = Sessions::default();
        }
        drop(state);
        // The application's data goes now, not under the lock.
        drop(over);
    }

    /// A session begins. Broadcasts to everybody are kept for it after the one whose position this returns.
    pub(crate) fn begin(&self, pid: Pid, principal: Option<&str>, home: Home) -> u64 {
        let session = Session { principal: principal.map(Into::into), place: Place::Live(home), claims: 0 };
        let mut state = self.state();
        state.sessions.by_pid.insert(pid, session);
        state.head
    }

    /// The client was cut off: the session waits for it, unless it was ended meanwhile.
    pub(crate) fn park(&self, pid: Pid, mut parked: Parked, now: Instant) {
        let mut state = self.state();
        let State { sessions, rings, removals, .. } = &mut *state;
        match sessions.by_pid.get_mut(&pid) {
            Some(session) if removals.apply(&mut parked, rings) => {
                let until = now + self.bounds.window;
                session.place = Place::Parked(Box::new(parked), until);
                sessions.expiring.insert((until, pid));
                drop(state);
            }
            _ => {
                drop(state);
                self.end(&pid, &parked.memberships);
            }
        }
        self.expire(now);
    }

    /// The session is over for good.
    pub(crate) fn end(&self, pid: &Pid, memberships: &[Membership]) {
        let mut state = self.state();
        let over = state.sessions.take(pid);
        memberships.iter().for_each(|membership| state.rings.unfollow(&membership.room));
        drop(state);
        drop(over);
    }

    /// Somebody wants a session back. Whoever claimed it before does not get it any more: a client that has come again
    /// has left its last connection, whether that is known yet or not.
    pub(crate) fn claim(&self, pid: &Pid, principal: Option<&str>) -> Result<Claim, Lost> {
        let mut state = self.state();
        let session = state.sessions.by_pid.get_mut(pid).ok_or(Lost::Unknown)?;
        if session.principal.as_deref() != principal {
            return Err(Lost::Foreign);
        }
        session.claims += 1;
        let holder = match session.place {
            Place::Live(home) => Some(home),
            Place::Parked(..) => None,
        };
        Ok(Claim { pid: *pid, number: session.claims, holder })
    }

    /// Takes a waiting session up; nobody else can from now on. `reached` is the last broadcast that the new shard has
    /// dealt with: if it is behind the old one, it would send again what is still in its mailbox.
    pub(crate) fn take_up(
        &self,
        claim: &Claim,
        home: Home,
        reached: u64,
        now: Instant,
    ) -> Result<Parked, Lost> {
        self.expire(now);
        let mut state = self.state();
        let Sessions { by_pid, expiring } = &mut state.sessions;
        let session = by_pid.get_mut(&claim.pid).ok_or(Lost::Unknown)?;
        let may = |parked: &Parked| session.claims == claim.number && parked.last.broadcast <= reached;
        if !matches!(&session.place, Place::Parked(parked, _) if may(parked)) {
            return Err(Lost::InUse);
        }
        match std::mem::replace(&mut session.place, Place::Live(home)) {
            Place::Parked(parked, until) => {
                expiring.remove(&(until, claim.pid));
                Ok(*parked)
            }
            Place::Live(_) => Err(Lost::InUse),
        }
    }
}
