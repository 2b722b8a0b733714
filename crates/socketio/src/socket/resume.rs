//! A CONNECT that names the session of before.

use crate::{
    Frame, Room, Socket,
    conn::Conn,
    random::parse_sid,
    recovery::{Claim, Home, Log, Lost, Offset, Parked, Pid},
    shard::{Message, Shard},
    stats::add,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{any::Any, borrow::Cow, rc::Rc, sync::Arc};
use tokio::{sync::oneshot, time::Instant};

/// What a client knows of its session.
pub(super) struct Wish {
    namespace: u16,
    pid: Pid,
    offset: Offset,
}

/// A session that was taken up, with what its client has missed.
pub(super) struct Resumed {
    pub(super) socket: Socket,
    pub(super) pid: Pid,
    pub(super) parked: Parked,
    pub(super) missed: Vec<Frame>,
}

impl Wish {
    /// Out of the object that came with CONNECT.
    pub(super) fn read(shard: &Shard, namespace: u16, auth: Option<&RawValue>) -> Option<Self> {
        #[derive(Deserialize)]
        struct Auth<'a> {
            #[serde(borrow)]
            pid: Option<Cow<'a, str>>,
            #[serde(borrow)]
            offset: Option<Cow<'a, str>>,
        }
        let log = shard.log(namespace)?;
        let auth: Auth<'_> = serde_json::from_str(auth?.get()).ok()?;
        // No shard is meant; the form is that of every other secret.
        let (pid, _) = parse_sid(&auth.pid?)?;
        Some(Self { namespace, pid, offset: log.epoch().read(auth.offset.as_deref()) })
    }

    /// Takes the session up. `None`, and counted why, if it is gone, or another user's, or in use, or if not all that
    /// was missed is there. Whoever calls goes on in one go with what was taken up: a client that leaves meanwhile
    /// would lose it.
    pub(super) async fn fulfil(
        &self,
        shard: &Rc<Shard>,
        conn: &Rc<Conn>,
        data: &Arc<dyn Any + Send + Sync>,
    ) -> Option<Resumed> {
        let log = shard.log(self.namespace)?;
        let claim = self.claim(shard, conn, log).await;
        if conn.is_closed() {
            return None;
        }
        match claim.and_then(|claim| self.take_up(shard, conn, log, &claim, data)) {
            Ok(resumed) => {
                add(&shard.counters().recovered, 1);
                Some(resumed)
            }
            Err(lost) => {
                let reason = lost.as_str();
                shard.refuse(reason);
                tracing::debug!(reason, remote = %conn.handshake.remote_addr(), "a session was not taken up");
                None
            }
        }
    }

    /// Claims the session, and sees to it that it waits.
    async fn claim(&self, shard: &Rc<Shard>, conn: &Conn, log: &Log) -> Result<Claim, Lost> {
        let claim = log.claim(&self.pid, conn.handshake.principal())?;
        if let Some(holder) = claim.holder {
            let (answer, answered) = oneshot::channel();
            shard.shared.send(holder.shard, Message::Challenge(holder.conn, self.pid, answer));
            if answered.await.unwrap_or(true) {
                return Err(Lost::InUse);
            }
        }
        // Behind every broadcast that the session's last shard has dealt with, since they stand in all mailboxes.
        let (passed, fence) = oneshot::channel();
        shard.shared.send(shard.index, Message::Fence(passed));
        let _ = fence.await;
        Ok(claim)
    }

    fn take_up(
        &self,
        shard: &Rc<Shard>,
        conn: &Rc<Conn>,
        log: &Log,
        claim: &Claim,
        data: &Arc<dyn Any + Send + Sync>,
    ) -> Result<Resumed, Lost> {
        let reached = shard.position(self.namespace);
        let home = Home { shard: shard.index, conn: conn.key.get() };
        let mut parked = log.take_up(claim, home, reached, Instant::now())?;
        let socket = Socket::new(shard, conn, self.namespace, parked.room.clone(), data.clone(), true);
        let handler = &shard.shared.namespace(self.namespace).handler;
        let may_stay = |room: &Room| {
            let mut keep = false;
            let asked = shard.guarded(|| keep = handler.keep_room(&socket, room));
            room == socket.room() || asked.is_ok() && keep
        };
        parked.retain(log, reached, may_stay);
        match log.replay(&parked, &self.offset, reached) {
            Some(missed) => Ok(Resumed { socket, parked, missed, pid: self.pid }),
            None => {
                log.end(&self.pid, &parked.history);
                Err(Lost::Window)
            }
        }
    }
}
