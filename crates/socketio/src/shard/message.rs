use crate::{
    Broadcast, Frame,
    bulk::Bulk,
    engine::{Credentials, Posted, Reply},
    random::Sid,
    recovery::{Pid, Removal, Stamp},
    socket::{Op, Socket},
};
use std::{net::SocketAddr, net::TcpStream, sync::Arc};
use tokio::sync::oneshot;

/// What reaches a shard from other threads.
pub(crate) enum Message {
    Accept(TcpStream, SocketAddr),
    /// With its place among the broadcasts of a namespace with recovery.
    Broadcast(u16, Broadcast, Option<Stamp>),
    /// Sent by this very thread.
    Own(Box<Message>),
    /// Several of one namespace, in their order.
    Broadcasts(u16, Arc<[(Broadcast, Option<Stamp>)]>),
    Bulk(u16, Bulk),
    /// With its place among the broadcasts of a namespace with recovery.
    Remove(u16, Removal, Option<u64>),
    /// The connection at this place, if it still bears this serial: its user has too many.
    Evict(u32, u64),
    CloseAll(&'static str),
    Socket(Socket, Op),
    /// Answered once everything before it was dealt with.
    Fence(oneshot::Sender<()>),
    /// Somebody claims the session of a connection here. Answered when that has shown that it is alive (`true`), or is
    /// closed.
    Challenge(usize, Pid, oneshot::Sender<bool>),
    /// A GET that waits for packets.
    Poll(Sid, Credentials, oneshot::Sender<Reply>),
    /// Its client went away.
    PollAborted(Sid),
    /// May a POST be read?
    PostBegin(Sid, Credentials, oneshot::Sender<Reply>),
    /// It was read; `None` if that failed.
    PostEnd(Sid, Option<Posted>, oneshot::Sender<Reply>),
    /// May a WebSocket take over this session?
    ProbeCheck(Sid, Credentials, oneshot::Sender<Reply>),
    /// It is open; with what was read of it already.
    Probe(Sid, TcpStream, Vec<u8>),
    /// Let HTTP connections finish and close the others.
    Drain(Arc<[(Box<str>, Frame)]>),
    /// Cut what is left.
    Kill,
    Stop,
}
