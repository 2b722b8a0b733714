//! A server without threads or sockets, for simulations of a whole system in one thread: its one shard is a future,
//! its connections are pipes, its ids come from a seed. All else is what ships: the session machine, the codecs, the
//! shard with its rooms and its clock (tokio's, which can be paused), recovery. What is not run is what lies before a
//! WebSocket: accepting, HTTP and long-polling.

mod pipe;

pub use pipe::Peer;
pub(crate) use pipe::{Pipe, Stream};

use crate::{
    Handshake, Server, TransportKind,
    conn::{Conn, Upper},
    engine::{self, Session},
    random::Random,
    shard::{Message, Shard},
    socket::client::Client,
};
use http::HeaderMap;
use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::LocalSet,
};

/// The shard of a simulated server. It runs while this is polled. Dropping it is the end of a process: what is
/// connected is cut, and nobody is told.
pub struct Simulation {
    shard: Rc<Shard>,
    tasks: LocalSet,
}

/// Where simulated clients connect.
#[derive(Clone)]
pub struct Entrance {
    door: UnboundedSender<Pipe>,
}

impl Entrance {
    /// Opens a WebSocket whose handshake is done. The server has not heard of it yet; a dead one never will.
    #[must_use]
    pub fn connect(&self) -> Peer {
        let (ours, peer) = pipe::pair();
        if let Err(refused) = self.door.send(ours) {
            refused.0.shutdown(std::net::Shutdown::Both);
        }
        peer
    }
}

/// Starts the one shard of a server, which has this mailbox.
pub(crate) fn start(
    server: &Server,
    seed: u64,
    mailboxes: Vec<UnboundedReceiver<Message>>,
) -> (Simulation, Entrance) {
    let shard = Rc::new(Shard::new(server.shared.clone(), 0, Random::seeded(seed)));
    let (tasks, (door, knocks)) = (LocalSet::new(), unbounded_channel());
    for mailbox in mailboxes {
        tasks.spawn_local(crate::shard::serve(shard.clone(), mailbox));
    }
    tasks.spawn_local(admit(shard.clone(), knocks));
    (Simulation { shard, tasks }, Entrance { door })
}

impl Future for Simulation {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shard = self.shard.clone();
        crate::shard::as_current(shard, || Pin::new(&mut self.tasks).poll(cx))
    }
}

async fn admit(shard: Rc<Shard>, mut knocks: UnboundedReceiver<Pipe>) {
    while let Some(pipe) = knocks.recv().await {
        let stream = Stream::Pipe(pipe);
        match connection(&shard) {
            Some(conn) => engine::begin(&shard, conn, stream, Vec::new()),
            None => crate::stream::shutdown(&stream, std::net::Shutdown::Both),
        }
    }
}

/// As after a handshake that said nothing; `None` beyond a limit.
fn connection(shard: &Shard) -> Option<Rc<Conn>> {
    let (now, shared) = (shard.now(), &shard.shared);
    let remote = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let handshake = Handshake::new(&HeaderMap::new(), &shared.config, "", remote, TransportKind::WebSocket)?;
    let seats = shard.seats(false).ok()?;
    let admission = now + shared.config.limits.connect_timeout_ms;
    let session = Session::open(now, true, admission, shared.timings);
    Some(Conn::new(seats, session, Upper::SocketIo(Client::default()), Arc::new(handshake), None))
}
