//! The loop of a shard's thread.

use super::{CURRENT, Message, Shard};
use crate::{
    Frame, engine,
    random::Random,
    rooms::Rooms,
    server::Shared,
    timers::{Millis, Wheel},
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io,
    net::Shutdown,
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc::UnboundedReceiver},
    task::LocalSet,
    time::{Instant, sleep_until},
};

/// Messages dealt with before what they queued is flushed.
const MESSAGES_PER_TICK: usize = 64;
const SCRATCH_BYTES: usize = 64 * 1024;
/// Without a deadline.
const LONG: Duration = Duration::from_secs(3600);

/// Starts a shard on its own thread.
pub(crate) fn start(
    shared: Arc<Shared>,
    index: usize,
    mailbox: UnboundedReceiver<Message>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name(format!("socketio-{index}")).spawn(move || {
        LocalSet::new().block_on(&runtime, async {
            let shard = Rc::new(Shard::new(shared, index, Random::new()));
            CURRENT.set(Some(shard.clone()));
            serve(shard, mailbox).await;
            CURRENT.set(None);
        });
    })?;
    Ok(())
}

/// All that a shard does until it is stopped.
pub(crate) async fn serve(shard: Rc<Shard>, mailbox: UnboundedReceiver<Message>) {
    let sweeping = tokio::task::spawn_local(super::recover::sweep(shard.clone()));
    run(&shard, mailbox).await;
    sweeping.abort();
    shard.close_all("stopped");
}

/// Runs something as if on the thread of this shard.
#[cfg(feature = "simulation")]
pub(crate) fn as_current<T>(shard: Rc<Shard>, work: impl FnOnce() -> T) -> T {
    let before = CURRENT.replace(Some(shard));
    let done = work();
    CURRENT.set(before);
    done
}

impl Shard {
    pub(crate) fn new(shared: Arc<Shared>, index: usize, random: Random) -> Self {
        Self {
            index,
            rooms: (0..shared.namespaces()).map(|_| RefCell::new(Rooms::new())).collect(),
            positions: shared.logs().iter().map(|_| Cell::new(0)).collect(),
            unlogged: shared.logs().iter().map(|_| Cell::new(0)).collect(),
            own_messages: Cell::new(0),
            overflowing: Cell::new(false),
            challenges: RefCell::default(),
            shared,
            conns: RefCell::default(),
            sids: RefCell::new(HashMap::new()),
            touched: RefCell::default(),
            flushing: RefCell::default(),
            overflowed: RefCell::default(),
            tick: Notify::new(),
            wheel: RefCell::new(Wheel::new()),
            sleeping_until: Cell::new(Millis::MAX),
            random: RefCell::new(random),
            scratch: RefCell::new(vec![0; SCRATCH_BYTES]),
            ping: Frame::engine_text("2"),
            noop: Frame::engine_text("6"),
            admission: Cell::new(0),
            started: Instant::now(),
        }
    }

    /// `false` to stop.
    fn on_message(self: &Rc<Self>, message: Message) -> bool {
        match message {
            Message::Accept(stream, remote) => engine::accept(self, stream, remote),
            Message::Own(message) => {
                self.own_messages.set(self.own_messages.get() - 1);
                return self.on_message(*message);
            }
            Message::Broadcast(namespace, broadcast, stamp) => {
                self.broadcast(namespace, &broadcast, stamp.as_ref());
            }
            Message::Broadcasts(namespace, all) => self.broadcast_all(namespace, &all),
            Message::Fence(passed) => drop(passed.send(())),
            Message::Challenge(conn, pid, answer) => self.challenge(conn, pid, answer),
            Message::Bulk(namespace, bulk) => self.bulk(namespace, bulk),
            Message::Remove(namespace, removal, position) => self.remove(namespace, &removal, position),
            Message::Evict(key, serial) => self.evict(key, serial),
            Message::CloseAll(reason) => self.close_all(reason),
            Message::Socket(socket, op) => self.apply(&socket, op),
            Message::Poll(sid, credentials, reply) => self.on_poll(&sid, credentials, reply),
            Message::PollAborted(sid) => self.on_poll_aborted(&sid),
            Message::PostBegin(sid, credentials, reply) => self.on_post_begin(&sid, credentials, reply),
            Message::PostEnd(sid, body, reply) => self.on_post_end(&sid, body, reply),
            Message::ProbeCheck(sid, credentials, reply) => self.on_probe_check(&sid, credentials, reply),
            Message::Probe(sid, stream, leftover) => engine::probe(self, sid, stream, leftover),
            // In one go, so that a waiting poll is answered with both.
            Message::Drain(goodbye) => {
                self.say_goodbye(&goodbye);
                self.close_all("draining");
            }
            Message::Kill => {
                self.close_all("draining");
                self.all().iter().for_each(|conn| conn.shutdown(Shutdown::Both));
            }
            Message::Stop => return false,
        }
        true
    }
}

async fn run(shard: &Rc<Shard>, mut mailbox: UnboundedReceiver<Message>) {
    let mut sleep = std::pin::pin!(sleep_until(Instant::now() + LONG));
    // What `sleep` is set to; nothing once it has ended, since a timer that has ended is ready for ever.
    let mut set_to = None;
    loop {
        let wake = shard.next_wake(shard.now());
        if set_to != Some(wake) {
            set_to = Some(wake);
            shard.sleeping_until.set(wake.unwrap_or(Millis::MAX));
            let at = match wake {
                Some(at) => shard.started + Duration::from_millis(at),
                None => Instant::now() + LONG,
            };
            sleep.as_mut().reset(at);
        }
        tokio::select! {
            // In this order, so that the same happens in every run of a simulation. None starves: a timer that is due is
            // so once, and what is queued is flushed after messages too.
            biased;
            () = &mut sleep => {
                set_to = None;
                shard.run_timers();
            }
            message = mailbox.recv() => {
                let Some(mut message) = message else { return };
                for left in (0..MESSAGES_PER_TICK).rev() {
                    if !shard.on_message(message) {
                        return;
                    }
                    let next = if left > 0 { mailbox.try_recv().ok() } else { None };
                    let Some(next) = next else { break };
                    message = next;
                }
            }
            () = shard.tick.notified() => {}
        }
        shard.flush();
        tokio::task::yield_now().await;
    }
}
