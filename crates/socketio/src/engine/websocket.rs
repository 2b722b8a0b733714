//! A WebSocket as the transport of a connection.

use super::packets::on_packet;
use crate::{
    DisconnectReason, Frame,
    codec::{
        engine::Packet,
        websocket::{self, Item, opcode},
    },
    conn::Conn,
    server::OpenTransport,
    shard::Shard,
    stream::Stream,
};
use std::{
    io,
    rc::Rc,
    task::{Context, Poll, ready},
};

/// Reads of one connection before others get their turn.
const READS_PER_TURN: usize = 4;
/// As many frames count as one more read, so that a buffer full of tiny ones ends the turn.
const FRAMES_PER_READ: usize = 256;

/// Forgets the connection when its task ends, however it ends.
struct Task {
    shard: Rc<Shard>,
    conn: Rc<Conn>,
    _open: OpenTransport,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.conn.shutdown(std::net::Shutdown::Both);
        self.shard.forget(&self.conn);
    }
}

/// Serves the stream that the connection has been given. `leftover` is what was read of it already.
pub(super) fn serve(shard: Rc<Shard>, conn: Rc<Conn>, mut leftover: Vec<u8>) {
    let open = OpenTransport::new(&shard.shared);
    let task = Task { shard, conn, _open: open };
    if !leftover.is_empty() {
        on_bytes(&task.shard, &task.conn, &mut leftover);
    }
    drop(leftover);
    tokio::task::spawn_local(async move {
        let mut held = true;
        let ended = std::future::poll_fn(|cx| poll_read(&task.shard, &task.conn, &mut held, cx)).await;
        if ended.is_err() {
            task.shard.close(&task.conn, DisconnectReason::TransportError);
        }
    });
}

/// Ready at the end of the stream. `held`: whole frames may be among what is kept of the input.
fn poll_read(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    held: &mut bool,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    let Some(stream) = conn.stream.get() else { return Poll::Ready(Ok(())) };
    let (mut reads, mut frames) = (0, 0);
    loop {
        ready!(poll_drained(shard, conn, stream, cx))?;
        if conn.has_rest() {
            // Of a POST from before the upgrade. It comes first.
            shard.read_on(conn);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if std::mem::take(held) {
            frames += on_bytes(shard, conn, &mut []);
            *held = is_congested(shard, conn);
            continue;
        }
        ready!(stream.poll_read_ready(cx))?;
        let mut scratch = Scratch::borrow(shard);
        let read = stream.try_read(&mut scratch.bytes);
        if let Ok(count @ 1..) = read {
            frames += on_bytes(shard, conn, &mut scratch.bytes[..count]);
        }
        drop(scratch);
        match read {
            Ok(0) => return Poll::Ready(Ok(())),
            Ok(_) => reads += 1,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Poll::Ready(Err(error)),
        }
        *held = is_congested(shard, conn);
        if reads + frames / FRAMES_PER_READ >= READS_PER_TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
    }
}

/// The shard's read buffer, which goes back to it whatever happens meanwhile.
struct Scratch<'a> {
    shard: &'a Shard,
    bytes: Vec<u8>,
}

impl<'a> Scratch<'a> {
    fn borrow(shard: &'a Shard) -> Self {
        Self { shard, bytes: shard.scratch.take() }
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        self.shard.scratch.replace(std::mem::take(&mut self.bytes));
    }
}

fn is_congested(shard: &Shard, conn: &Conn) -> bool {
    conn.is_congested(&shard.shared.config.limits)
}

/// Ready unless too much waits for the client: who does not read is not read, and TCP tells it so.
fn poll_drained(shard: &Shard, conn: &Conn, stream: &Stream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    if !is_congested(shard, conn) {
        return Poll::Ready(Ok(()));
    }
    if conn.blocked.get() {
        ready!(stream.poll_write_ready(cx))?;
    }
    // The flush at the end of the tick, or the task that waits for the kernel, has its turn first.
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Returns how many frames were dealt with.
fn on_bytes(shard: &Rc<Shard>, conn: &Rc<Conn>, bytes: &mut [u8]) -> usize {
    if conn.is_closed() {
        return 0;
    }
    let mut pending = std::mem::take(&mut conn.input.borrow_mut().pending);
    let (rest, frames) = if pending.is_empty() {
        let (consumed, frames) = on_frames(shard, conn, bytes);
        (bytes[consumed..].to_vec(), frames)
    } else {
        pending.extend_from_slice(bytes);
        let (consumed, frames) = on_frames(shard, conn, &mut pending);
        pending.drain(..consumed);
        (if pending.is_empty() { Vec::new() } else { pending }, frames)
    };
    if !rest.is_empty() && !conn.is_closed() {
        conn.input.borrow_mut().pending = rest;
    }
    frames
}

/// Returns how many bytes, and how many frames, are dealt with.
fn on_frames(shard: &Rc<Shard>, conn: &Rc<Conn>, bytes: &mut [u8]) -> (usize, usize) {
    // A text packet has a type digit before its payload.
    let limits = &shard.shared.config.limits;
    let max = limits.max_payload_bytes;
    let (mut at, mut frames) = (0, 0);
    while at < bytes.len() && !conn.is_closed() && !conn.is_congested(limits) && !conn.has_rest() {
        let step = conn.input.borrow_mut().reader.decode(&mut bytes[at..], max);
        match step {
            Err(violation) => {
                let reason = match violation {
                    websocket::Violation::TooLarge => "max_payload_bytes",
                    websocket::Violation::InvalidUtf8 => "invalid_utf8",
                    websocket::Violation::Protocol(_) => "websocket_protocol",
                };
                let reason = DisconnectReason::Protocol(reason);
                shard.close_with(conn, reason, Some(violation.close_code()));
            }
            Ok(step) if step.consumed == 0 => break,
            Ok(step) => {
                at += step.consumed;
                frames += 1;
                if let Some(item) = step.item {
                    on_item(shard, conn, item);
                }
            }
        }
    }
    (at, frames)
}

fn on_item(shard: &Rc<Shard>, conn: &Rc<Conn>, item: Item<'_>) {
    match item {
        // Base64 is what a client sends that cannot, or is told not to, send binary frames.
        Item::Text(text) => match Packet::decode_in_payload(&text) {
            Ok(packet) => on_packet(shard, conn, packet),
            Err(_) => shard.close(conn, DisconnectReason::Protocol("malformed_engine_packet")),
        },
        Item::Binary(data) => on_packet(shard, conn, Packet::Binary(data)),
        Item::Ping(data) => shard.send(conn, &Frame::framed(websocket::frame(opcode::PONG, data)), false),
        Item::Pong => {}
        Item::Close(code) => {
            let code = code.unwrap_or(websocket::close_code::NORMAL);
            shard.close_with(conn, DisconnectReason::TransportClose, Some(code));
        }
    }
}
