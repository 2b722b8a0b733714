//! Sessions that can be taken up again, by their secret.

use super::{
    Position,
    log::{Log, Rings, State},
    tracker::History,
};
use crate::{Room, random::Sid};
use std::{
    any::Any,
    collections::{BTreeSet, HashMap},
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
    pub(crate) history: History,
    /// The last that can have been sent.
    pub(super) last: Position,
}

impl Parked {
    pub(crate) fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.history.rooms()
    }

    /// Gives up every room that may not be kept, and what was missed there. `reached` is the last broadcast there was.
    pub(crate) fn retain(&mut self, log: &Log, reached: u64, keep: impl Fn(&Room) -> bool) {
        let lost: Vec<Room> = self.rooms().filter(|room| !keep(room)).cloned().collect();
        for room in lost {
            self.history.leave(&room, reached);
            log.unfollow(&room);
        }
    }
}

/// Who may take a session up, and what is left of it.
pub(super) struct Session {
    principal: Option<Arc<str>>,
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
    expiring: Expiring,
    /// The same by user.
    of_user: HashMap<Arc<str>, Expiring>,
}

/// The first to go first.
type Expiring = BTreeSet<(Instant, Pid)>;

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
    /// A living connection has it, or a later one claims it. (Or the shard is behind the one it was on, which a fence
    /// before [`Log::take_up`] rules out.)
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
            self.forget(&(until, *pid), session.principal.as_ref());
        }
        Some(session)
    }

    /// One is away until then. Returns the first of its user if those are more than `most` now.
    fn await_return(
        &mut self,
        until: (Instant, Pid),
        principal: Option<&Arc<str>>,
        most: usize,
    ) -> Option<Session> {
        self.expiring.insert(until);
        let of_user = self.of_user.entry(principal?.clone()).or_default();
        of_user.insert(until);
        let (_, first) = *of_user.first().filter(|_| of_user.len() > most)?;
        self.take(&first)
    }

    /// One is no longer away.
    fn forget(&mut self, until: &(Instant, Pid), principal: Option<&Arc<str>>) {
        self.expiring.remove(until);
        let Some(principal) = principal else { return };
        let is_last = self.of_user.get_mut(principal).is_some_and(|of_user| {
            of_user.remove(until);
            of_user.is_empty()
        });
        if is_last {
            self.of_user.remove(principal);
        }
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
            parked.rooms().for_each(|room| rings.unfollow(room));
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
                let principal = session.principal.clone();
                let most = self.bounds.sessions_per_user;
                let surplus = sessions.await_return((until, pid), principal.as_ref(), most);
                surplus.iter().for_each(|surplus| surplus.unfollow_all(rings));
                drop(state);
                drop(surplus);
            }
            _ => {
                drop(state);
                self.end(&pid, &parked.history);
            }
        }
        self.expire(now);
    }

    /// The session is over for good.
    pub(crate) fn end(&self, pid: &Pid, history: &History) {
        let mut state = self.state();
        let over = state.sessions.take(pid);
        history.rooms().for_each(|room| state.rings.unfollow(room));
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
        let sessions = &mut state.sessions;
        let session = sessions.by_pid.get_mut(&claim.pid).ok_or(Lost::Unknown)?;
        let may = |parked: &Parked| session.claims == claim.number && parked.last.broadcast <= reached;
        if !matches!(&session.place, Place::Parked(parked, _) if may(parked)) {
            return Err(Lost::InUse);
        }
        let principal = session.principal.clone();
        match std::mem::replace(&mut session.place, Place::Live(home)) {
            Place::Parked(parked, until) => {
                sessions.forget(&(until, claim.pid), principal.as_ref());
                Ok(*parked)
            }
            Place::Live(_) => Err(Lost::InUse),
        }
    }
}
