//! What a fan-out asks of the allocator. The counts are those of the whole process, so this is one test in a program of
//! its own, and its clients allocate nothing while it counts.
#![allow(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use futures_util::future::BoxFuture;
use parlor_socketio::{
    Accept, Broadcast, Config, ConnectRequest, Event, Frame, Handler, Io, Limits, Refusal, Room, Server,
    Socket,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, Stats, StatsAlloc};
use std::{
    alloc::System,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, OnceLock},
    time::Duration,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MEMBERS: usize = 64;
/// Events in one count.
const MESSAGES: usize = 20;
/// Frames that one event queues for every member at once: many enough for their queues to grow.
const BURST: usize = 200;
/// Such events in one count.
const BURSTS: usize = 3;
/// What a frame may take, whoever gets it: reading the event, and with recovery stamping the frame and keeping it.
/// Far fewer than there are members.
const PER_FRAME: usize = 8;

/// `half` and `all` are rooms; an event of that name sends the room one frame, `burst` sends `all` many.
struct Fanout {
    io: Arc<OnceLock<Io>>,
    half: Broadcast,
    all: Broadcast,
    recovery: bool,
}

impl Handler for Fanout {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        let rooms = if request.auth.is_some() { ["half", "all"].as_slice() } else { &["all"] };
        let rooms = rooms.iter().map(|name| Room::new(*name));
        Box::pin(async move { Ok(Accept::new(()).rooms(rooms).recover(self.recovery)) })
    }

    fn event(&self, _: &Socket, event: Event<'_>) {
        let (broadcast, times) = match event.name {
            "half" => (&self.half, 1),
            "all" => (&self.all, 1),
            _ => (&self.all, BURST),
        };
        for _ in 0..times {
            self.io.get().unwrap().broadcast("/", broadcast.clone());
        }
    }
}

fn serve(ping_interval: Duration, recovery: bool) -> SocketAddr {
    let io = Arc::new(OnceLock::new());
    let frame = Frame::event("/", "message", &"x".repeat(100)).unwrap();
    let to = |room| Broadcast::to(Room::new(room), frame.clone());
    let handler = Fanout { io: io.clone(), half: to("half"), all: to("all"), recovery };
    let limits = Limits { handshakes_per_second: 0, ..Limits::default() };
    let config = Config { shards: 1, ping_interval, limits, recovery, ..Config::default() };
    let server = Server::builder(config).namespace("/", handler).build();
    let _ = io.set(server.io());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            server.serve(tokio::net::TcpListener::from_std(listener).unwrap()).await.unwrap();
        });
    });
    address
}

/// A client that reads as many bytes as it is told, into a buffer that it has.
struct Member {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Member {
    fn join(address: SocketAddr, auth: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut member = Self { stream, buffer: vec![0; 256] };
        let request = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n\
            Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        member.stream.write_all(request.as_bytes()).unwrap();
        let mut tail = [0; 4];
        while tail != *b"\r\n\r\n" {
            tail.rotate_left(1);
            member.stream.read_exact(&mut tail[3..]).unwrap();
        }
        assert_eq!(member.frame()[0], b'0');
        member.says(&format!("40{auth}"));
        assert!(member.frame().starts_with(b"40"));
        member
    }

    /// A short text, masked with zeros.
    fn says(&mut self, text: &str) {
        let mut frame = [0; 128];
        frame[..2].copy_from_slice(&[0x81, 0x80 | text.len() as u8]);
        frame[6..6 + text.len()].copy_from_slice(text.as_bytes());
        self.stream.write_all(&frame[..6 + text.len()]).unwrap();
    }

    /// The next frame's payload.
    fn frame(&mut self) -> &[u8] {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).unwrap();
        let mut length = usize::from(head[1]);
        if length == 126 {
            let mut long = [0; 2];
            self.stream.read_exact(&mut long).unwrap();
            length = usize::from(u16::from_be_bytes(long));
        }
        self.stream.read_exact(&mut self.buffer[..length]).unwrap();
        &self.buffer[..length]
    }

    /// Messages, whatever pings come between.
    fn gets(&mut self, messages: usize) {
        for _ in 0..messages {
            while !self.frame().starts_with(b"42[\"message\"") {
                self.says("3");
            }
        }
    }

    /// Answers a ping.
    fn beats(&mut self) {
        assert_eq!(self.frame(), b"2");
        self.says("3");
    }
}

/// Every second one is of the half.
fn gather(address: SocketAddr) -> Vec<Member> {
    (0..2 * MEMBERS).map(|number| Member::join(address, if number % 2 == 0 { "{}" } else { "" })).collect()
}

/// Sends an event again and again; all who must get its frames have them before the next.
fn exchange(members: &mut [Member], event: &str, frames: usize, of: usize) -> Stats {
    let events = if frames == 1 { MESSAGES } else { BURSTS };
    let packet = format!("42[\"{event}\"]");
    let region = Region::new(ALLOCATOR);
    for _ in 0..events {
        members[0].says(&packet);
        members.iter_mut().step_by(of).for_each(|member| member.gets(frames));
    }
    region.change()
}

fn fan_out_takes_nothing_per_member(recovery: bool) {
    let mut members = gather(serve(Duration::from_secs(3600), recovery));
    exchange(&mut members, "all", 1, 1);
    let half = exchange(&mut members, "half", 1, 2);
    let all = exchange(&mut members, "all", 1, 1);
    let asked = |stats: &Stats| stats.allocations + stats.reallocations;
    // One allocation per recipient, even in one message, would be as many as there are members.
    assert!(asked(&all) < asked(&half) + MEMBERS, "{half:?}, with twice the members {all:?}");
    assert!(asked(&all) <= PER_FRAME * MESSAGES, "an event and its fan-out: {all:?}");

    exchange(&mut members, "burst", BURST, 1);
    let burst = exchange(&mut members, "burst", BURST, 1);
    assert!(asked(&burst) <= PER_FRAME * BURSTS * BURST, "{BURST} frames in flight: {burst:?}");
}

fn what_a_burst_took_is_given_back() {
    let mut members = gather(serve(Duration::from_millis(300), false));
    exchange(&mut members, "all", 1, 1);
    let region = Region::new(ALLOCATOR);
    members[0].says("42[\"burst\"]");
    members.iter_mut().for_each(|member| member.gets(BURST));
    let grown = region.change();
    for _ in 0..3 {
        members.iter_mut().for_each(Member::beats);
    }
    // An answer after the last of them, so that the server is through with it.
    members[0].says("42[\"half\"]");
    members.iter_mut().step_by(2).for_each(|member| member.gets(1));
    let idle = region.change();
    // What a reallocation adds counts as allocated.
    let held = |stats: &Stats| stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
    assert!(held(&grown) > members.len() * BURST * size_of::<Frame>(), "the queues grew: {grown:?}");
    // What is left is the timer wheel's.
    assert!(held(&idle) < held(&grown) / 8, "and shrink again: {idle:?}");
}

#[test]
fn allocations_of_the_fan_out() {
    fan_out_takes_nothing_per_member(false);
    fan_out_takes_nothing_per_member(true);
    what_a_burst_took_is_given_back();
}
