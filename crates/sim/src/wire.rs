//! Socket.IO as a client speaks it over a WebSocket that is open. Its own reading of the protocol, so that it shares
//! no mistake with the server.

use serde_json::Value;

/// What a server says.
#[derive(Debug)]
pub(crate) enum Packet {
    /// Engine.IO is open.
    Open,
    Ping,
    /// The namespace let us in: what came with it.
    Connected(Value),
    /// It did not.
    Refused(Value),
    /// The namespace put us out.
    Disconnected,
    /// An event's name and arguments.
    Event(String, Vec<Value>),
    /// The answer to what we numbered so.
    Ack(u64, Value),
    /// The connection is to be closed.
    Close,
}

/// A text message as a frame (RFC 6455, section 5). The masking key is zero, which leaves the text as it is.
pub(crate) fn frame(text: &str) -> Vec<u8> {
    let mut out = vec![0x81];
    match text.len() {
        length @ 0..126 => out.push(0x80 | length as u8),
        length => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(text.as_bytes());
    out
}

/// Cuts what a server sends into packets.
#[derive(Default)]
pub(crate) struct Reader {
    held: Vec<u8>,
}

impl Reader {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next whole packet; an error for what a server must not send.
    pub(crate) fn next(&mut self) -> Option<Result<Packet, String>> {
        let [first, second, rest @ ..] = &self.held[..] else { return None };
        let (header, length) = match second {
            127 => (10, u64::from_be_bytes(*rest.first_chunk()?) as usize),
            126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
            length => (2, usize::from(*length)),
        };
        let payload = self.held.get(header..header + length)?;
        let packet = match first {
            0x81 => packet(payload),
            0x88 => Ok(Packet::Close),
            other => Err(format!("a frame that begins with {other:#x}")),
        };
        self.held.drain(..header + length);
        Some(packet)
    }
}

fn packet(payload: &[u8]) -> Result<Packet, String> {
    let text = str::from_utf8(payload).map_err(|error| error.to_string())?;
    let json = |text: &str| match text {
        "" => Ok(Value::Null),
        text => serde_json::from_str(text).map_err(|error| format!("{error} in {text}")),
    };
    let Some((kind, rest)) = text.split_at_checked(1) else { return Err("an empty packet".to_owned()) };
    match (kind, rest.split_at_checked(1)) {
        ("0", _) => Ok(Packet::Open),
        ("1", _) => Ok(Packet::Close),
        ("2", _) => Ok(Packet::Ping),
        ("4", Some(("0", rest))) => Ok(Packet::Connected(json(rest)?)),
        ("4", Some(("1", _))) => Ok(Packet::Disconnected),
        ("4", Some(("2", rest))) => event(json(rest)?),
        ("4", Some(("3", rest))) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (id, rest) = rest.split_at(digits);
            let Value::Array(mut arguments) = json(rest)? else { return Err(format!("an ack with {rest}")) };
            let answer = if arguments.is_empty() { Value::Null } else { arguments.swap_remove(0) };
            Ok(Packet::Ack(id.parse().map_err(|_| format!("an ack of {id:?}"))?, answer))
        }
        ("4", Some(("4", rest))) => Ok(Packet::Refused(json(rest)?)),
        _ => Err(format!("a packet {text:?}")),
    }
}

fn event(json: Value) -> Result<Packet, String> {
    match json {
        Value::Array(mut arguments) if arguments.first().is_some_and(Value::is_string) => {
            let name = arguments.remove(0).as_str().unwrap_or_default().to_owned();
            Ok(Packet::Event(name, arguments))
        }
        other => Err(format!("an event {other}")),
    }
}
