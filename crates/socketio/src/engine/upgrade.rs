//! From long-polling to WebSocket: `2probe`, `3probe`, `5`.

use super::websocket;
use crate::{
    codec::{
        engine::Packet,
        websocket::{Item, Reader, frame, opcode},
    },
    conn::Conn,
    random::Sid,
    server::OpenTransport,
    shard::Shard,
    stream,
};
use std::{io, rc::Rc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long a poll may wait on while its client is about to upgrade: what the server has to say ends it without an
/// empty answer. As long as Node's.
const POLL_CYCLE: Duration = Duration::from_millis(100);
/// Until `5`, a client has little to say.
const MAX_PROBE_BYTES: usize = 1024;

/// Tries a WebSocket that was accepted for a session of this shard.
pub(crate) fn probe(shard: &Rc<Shard>, sid: Sid, stream: std::net::TcpStream, leftover: Vec<u8>) {
    let Ok(stream) = TcpStream::from_std(stream) else { return };
    let conn = shard.sids.borrow().get(&sid).cloned();
    let Some(conn) = conn.filter(|conn| conn.session.borrow_mut().probe()) else {
        return shard.refuse("double_upgrade");
    };
    let shard = shard.clone();
    let open = OpenTransport::new(&shard.shared);
    tokio::task::spawn_local(async move {
        let _open = open;
        let mut draining = shard.shared.draining();
        let upgrade = timeout(shard.shared.config.upgrade_timeout, run(&shard, &conn, stream, leftover));
        let failure = tokio::select! {
            upgraded = upgrade => match upgraded {
                Ok(Ok((stream, leftover))) if !conn.is_closed() => return adopt(&shard, conn, stream, leftover),
                Ok(_) => Some("bad_probe"),
                Err(_) => Some("upgrade_timeout"),
            },
            // The session ends; its client hears so by polling.
            _ = draining.wait_for(|draining| *draining) => None,
        };
        conn.session.borrow_mut().probe_failed();
        failure.into_iter().for_each(|failure| shard.refuse(failure));
    });
}

/// Ends with the stream when the client has said `5`.
async fn run(
    shard: &Rc<Shard>,
    conn: &Rc<Conn>,
    mut stream: TcpStream,
    mut bytes: Vec<u8>,
) -> io::Result<(TcpStream, Vec<u8>)> {
    let (mut reader, mut probed) = (Reader::default(), false);
    loop {
        let step = reader.decode(&mut bytes, MAX_PROBE_BYTES).map_err(|_| io::ErrorKind::InvalidData)?;
        let (mut answer, mut done) = (None, false);
        match step.item {
            Some(Item::Text(text)) => match Packet::decode(&text) {
                Ok(Packet::Ping("probe")) => {
                    answer = Some(frame(opcode::TEXT, b"3probe"));
                    probed = true;
                }
                Ok(Packet::Upgrade) if probed => done = true,
                _ => return Err(io::ErrorKind::InvalidData.into()),
            },
            Some(Item::Ping(data)) => answer = Some(frame(opcode::PONG, data)),
            Some(Item::Binary(_) | Item::Close(_)) => return Err(io::ErrorKind::InvalidData.into()),
            Some(Item::Pong) | None => {}
        }
        let consumed = step.consumed;
        bytes.drain(..consumed);
        if done {
            return Ok((stream, bytes));
        }
        if let Some(answer) = answer {
            stream.write_all(&answer).await?;
        }
        if consumed == 0 {
            let end_poll = || {
                if probed {
                    shard.end_idle_poll(conn);
                }
            };
            read_more(&mut stream, &mut bytes, end_poll).await?;
        }
    }
}

/// Reads something, and calls `meanwhile` each time that this takes as long as a poll may wait.
async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>, meanwhile: impl Fn()) -> io::Result<()> {
    loop {
        match timeout(POLL_CYCLE, stream.read_buf(bytes)).await {
            Ok(Ok(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => return read.map(drop),
            Err(_) => meanwhile(),
        }
    }
}

/// The WebSocket is the transport now; what waits is sent over it.
fn adopt(shard: &Rc<Shard>, conn: Rc<Conn>, stream: TcpStream, leftover: Vec<u8>) {
    shard.end_idle_poll(&conn);
    conn.session.borrow_mut().upgrade();
    shard.release_post(&conn);
    let _ = conn.stream.set(stream::of_tcp(stream));
    shard.touch(&conn);
    websocket::serve(shard.clone(), conn, leftover);
}
