//! A CONNECT that names the session of before.

use crate::{
    Frame, Room, Socket,
    conn::Conn,
    random::parse_sid,
    recovery::{Claim, Home, Offset, Parked, Pid},
    shard::{Message, Shard},
    stats::add,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{any::Any, borrow::Cow, rc::Rc, sync::Arc};
use tokio::{sync::oneshot, time::Instant};

/// What a client knows of its session.
pub(super) struct Wish {
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
        Some(Self { pid, offset: log.epoch().read(auth.offset.as_deref()) })
    }

    /// Sees to it that the session waits, if it can be had at all. Does not take it up: that is for
    /// [`Wish::fulfil`], in one go with all that follows, so that a client that leaves meanwhile loses nothing.
    pub(super) async fn prepare(&self, shard: &Rc<Shard>, conn: &Conn, namespace: u16) {
        let Some(log) = shard.log(namespace) else { return };
        if let Claim::Live(home) = log.look_up(&self.pid, conn.handshake.principal()) {
            let (answer, answered) = oneshot::channel();
            shard.shared.send(home.shard, Message::Challenge(home.conn, self.pid, answer));
            if answered.await.unwrap_or(true) {
                return;
            }
        }
        // Behind every broadcast that the session's last shard has dealt with, since they stand in all mailboxes.
        let (passed, fence) = oneshot::channel();
        shard.shared.send(shard.index, Message::Fence(passed));
        let _ = fence.await;
    }

    /// Takes the session up. `None`, and counted why, if it is gone, or another user's, or in use, or if not all that
    /// was missed is there.
    pub(super) fn fulfil(
        &self,
        shard: &Rc<Shard>,
        conn: &Rc<Conn>,
        namespace: u16,
        data: &Arc<dyn Any + Send + Sync>,
    ) -> Option<Resumed> {
        let resumed = self.take_up(shard, conn, namespace, data);
        match &resumed {
            Ok(_) => add(&shard.counters().recovered, 1),
            Err(reason) => {
                shard.refuse(reason);
                tracing::debug!(reason, remote = %conn.handshake.remote_addr(), "a session was not taken up");
            }
        }
        resumed.ok()
    }

    fn take_up(
        &self,
        shard: &Rc<Shard>,
        conn: &Rc<Conn>,
        namespace: u16,
        data: &Arc<dyn Any + Send + Sync>,
    ) -> Result<Resumed, &'static str> {
        let log = shard.log(namespace).ok_or("recovery_unknown")?;
        let principal = conn.handshake.principal();
        match log.look_up(&self.pid, principal) {
            Claim::Parked => {}
            Claim::Unknown => return Err("recovery_unknown"),
            Claim::Foreign => return Err("recovery_foreign"),
            Claim::Live(_) => return Err("recovery_in_use"),
        }
        let reached = shard.position(namespace);
        let home = Home { shard: shard.index, conn: conn.key.get() };
        let mut parked =
            log.take_up(&self.pid, principal, home, reached, Instant::now()).ok_or("recovery_in_use")?;
        let socket = Socket::new(shard, conn, namespace, parked.room.clone(), data.clone(), true);
        let handler = &shard.shared.namespace(namespace).handler;
        let may_stay = |room: &Room| {
            let mut keep = false;
            let asked = shard.guarded(|| keep = handler.keep_room(&socket, room));
            room == socket.room() || asked.is_ok() && keep
        };
        parked.retain(log, may_stay);
        match log.replay(&parked, &self.offset, reached) {
            Some(missed) => Ok(Resumed { socket, parked, missed, pid: self.pid }),
            None => {
                log.end(&self.pid, &parked.memberships);
                Err("recovery_window")
            }
        }
    }
}
