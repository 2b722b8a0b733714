//! A room as a bare write loop: on a message, frame it once and `write` the bytes to every connection.
//!
//! Just enough Socket.IO for the load generator to be let in. No limits, no queues, no heartbeats.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use sha1::{Digest as _, Sha1};

const LISTENER: Token = Token(usize::MAX);
const OPEN: &str =
    r#"0{"sid":"floor","upgrades":[],"pingInterval":3600000,"pingTimeout":3600000,"maxPayload":1000000}"#;

struct Connection {
    stream: TcpStream,
    upgraded: bool,
}

pub(crate) fn serve(port: u16) -> Result<(), Box<dyn Error>> {
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    let (mut poll, mut events, mut scratch) = (Poll::new()?, Events::with_capacity(256), vec![0; 64 * 1024]);
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut connections = Vec::new();
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            outcome => outcome?,
        }
        for event in &events {
            match event.token() {
                LISTENER => accept(&listener, &poll, &mut connections)?,
                Token(number) => {
                    if !read(number, &mut connections, &mut scratch)? {
                        leave(number, &poll, &mut connections)?;
                    }
                }
            }
        }
    }
}

fn accept(listener: &TcpListener, poll: &Poll, connections: &mut Vec<Connection>) -> io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        poll.registry().register(&mut stream, Token(connections.len()), Interest::READABLE)?;
        connections.push(Connection { stream, upgraded: false });
    }
}

/// The last connection takes the place of the one that left; registering it again repeats an event that it may have had
/// under its old number.
fn leave(number: usize, poll: &Poll, connections: &mut Vec<Connection>) -> io::Result<()> {
    connections.swap_remove(number);
    match connections.get_mut(number) {
        Some(moved) => poll.registry().reregister(&mut moved.stream, Token(number), Interest::READABLE),
        None => Ok(()),
    }
}

/// False when the connection has ended. Everything that the load generator sends arrives in one piece: requests and
/// messages are small and written at once.
fn read(number: usize, connections: &mut [Connection], scratch: &mut [u8]) -> io::Result<bool> {
    let Some(connection) = connections.get_mut(number) else { return Ok(true) };
    let length = match connection.stream.read(scratch) {
        Ok(0) => return Ok(false),
        Ok(length) => length,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(false),
        Err(error) => return Err(error),
    };
    let bytes = &mut scratch[..length];
    if !connection.upgraded {
        connection.upgraded = true;
        write_all(&mut connection.stream, &upgrade(bytes))?;
        write_all(&mut connection.stream, &frame(OPEN.as_bytes()))?;
        return Ok(true);
    }
    let mut rest = bytes;
    while let Some((payload, after)) = unmask(rest) {
        if payload.starts_with(b"40") {
            write_all(&mut connections[number].stream, &frame(br#"40{"sid":"floor"}"#))?;
        } else if payload.starts_with(b"42") {
            let frame = frame(payload);
            for member in connections.iter_mut() {
                write_all(&mut member.stream, &frame)?;
            }
        }
        rest = after;
    }
    Ok(true)
}

/// The answer to the handshake (RFC 6455, section 4.2.2).
fn upgrade(request: &[u8]) -> Vec<u8> {
    let request = String::from_utf8_lossy(request);
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = STANDARD.encode(Sha1::digest(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// The first frame's payload and what follows it.
fn unmask(bytes: &mut [u8]) -> Option<(&[u8], &mut [u8])> {
    let short = usize::from(bytes.get(1)? & 0x7f);
    let (header, length) = match short {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        _ => (2, short),
    };
    let (frame, rest) = bytes.split_at_mut_checked(header + 4 + length)?;
    let (head, payload) = frame.split_at_mut(header + 4);
    for (index, byte) in payload.iter_mut().enumerate() {
        *byte ^= head[header + index % 4];
    }
    Some((payload, rest))
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0x81];
    match payload.len() {
        length @ 0..126 => out.push(length as u8),
        length => {
            out.push(126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
    out
}

/// One `write` when the kernel has room, which it has for small messages; a connection that is gone is passed over.
fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) =>
            {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
