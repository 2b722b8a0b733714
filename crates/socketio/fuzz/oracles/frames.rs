//! WebSocket frames: how the bytes are cut into reads does not matter, and what is read is what RFC 6455 says.

use parlor_socketio::codec::websocket::{
    Item, Reader, close, close_code, frame, header_len, opcode, split_server_frame,
};

/// A message may have this many bytes, unless the input says otherwise.
const MAX: usize = 300;

#[derive(Debug, PartialEq)]
enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    Close(Option<u16>),
    /// With the close code; nothing comes after.
    Violation(u16),
}

/// One byte for the way of cutting, one that says what the rest is: a stream as it is, or the script of one.
pub fn websocket_frames(data: &[u8]) {
    let Some((&[cut, form], rest)) = data.split_first_chunk::<2>() else { return };
    let stream = if form & 1 == 0 { rest.to_vec() } else { scripted(rest) };
    let max = if form & 2 == 0 { MAX } else { 16 };
    let whole = read(&stream, max, usize::clone);
    assert_eq!(whole, reference(&stream, max));
    assert_eq!(read(&stream, max, |_| 1), whole, "one byte at a time");
    let mut random = u32::from(cut) | 0x100;
    let pieces = read(&stream, max, |_| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 24) as usize % (usize::from(cut) % 23 + 2)
    });
    assert_eq!(pieces, whole, "cut by {cut}");
    server_frames(cut, rest);
}

/// Frames by first byte, length and payload; length 255 stands for 126 bytes more than the payload's first byte.
fn scripted(mut script: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    while let [first, len, rest @ ..] = script {
        let (payload, rest) = match (len, rest) {
            (255, [more, rest @ ..]) => (vec![b'x'; 126 + usize::from(*more)], rest),
            _ => {
                let (payload, rest) = rest.split_at(rest.len().min(usize::from(*len)));
                (payload.to_vec(), rest)
            }
        };
        stream.extend(client_frame(*first, &payload, [*first, *len, 0xa5, 0x5a]));
        script = rest;
    }
    stream
}

fn client_frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut bytes = frame(0, payload);
    let header = header_len(payload.len());
    bytes[0] = first;
    bytes[1] |= 0x80;
    for (at, byte) in bytes[header..].iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
    bytes.splice(header..header, mask);
    bytes
}

/// As the driver does it: what is left of one read is kept for the next.
fn read(stream: &[u8], max: usize, mut cut: impl FnMut(&usize) -> usize) -> Vec<Seen> {
    let (mut reader, mut kept, mut seen, mut stream) = (Reader::default(), Vec::new(), Vec::new(), stream);
    while !stream.is_empty() {
        let (piece, rest) = stream.split_at(cut(&stream.len()).min(stream.len()));
        kept.extend_from_slice(piece);
        stream = rest;
        let mut at = 0;
        loop {
            match reader.decode(&mut kept[at..], max) {
                Err(violation) => {
                    seen.push(Seen::Violation(violation.close_code()));
                    return seen;
                }
                Ok(step) if step.consumed == 0 => break,
                Ok(step) => {
                    at += step.consumed;
                    seen.extend(step.item.map(own));
                }
            }
        }
        kept.drain(..at);
        assert!(reader.held_bytes() <= max, "a message under way");
        assert!(kept.len() < 14 + max.max(125), "a frame under way");
    }
    seen
}

fn own(item: Item<'_>) -> Seen {
    match item {
        Item::Text(text) => Seen::Text(text.into_owned()),
        Item::Binary(data) => Seen::Binary(data.into_owned()),
        Item::Ping(data) => Seen::Ping(data.to_vec()),
        Item::Pong => Seen::Pong,
        Item::Close(code) => Seen::Close(code),
    }
}

/// The same by the letter of RFC 6455, over the whole stream at once.
fn reference(mut stream: &[u8], max: usize) -> Vec<Seen> {
    let mut reference = Reference { max, partial: None, seen: Vec::new() };
    loop {
        match reference.frame(stream) {
            Ok(Some(rest)) => stream = rest,
            Ok(None) => return reference.seen,
            Err(code) => {
                reference.seen.push(Seen::Violation(code));
                return reference.seen;
            }
        }
    }
}

struct Reference {
    max: usize,
    /// The message under way, and whether it is text.
    partial: Option<(bool, Vec<u8>)>,
    seen: Vec<Seen>,
}

impl Reference {
    /// What follows the first frame; `None` if that is not whole. The error is the close code.
    fn frame<'a>(&mut self, stream: &'a [u8]) -> Result<Option<&'a [u8]>, u16> {
        let &[first, second, ref rest @ ..] = stream else { return Ok(None) };
        let (fin, code, short) = (first >= 0x80, first & 0x0f, second & 0x7f);
        let is_control = code >= 8;
        let known = matches!(code, 0..=2 | 8..=10);
        let in_turn = is_control || (code == 0) == self.partial.is_some();
        if first & 0x70 != 0 || second < 0x80 || !known || !in_turn || is_control && (!fin || short > 125) {
            return Err(1002);
        }
        let size = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((len, rest)) = rest.split_at_checked(size) else { return Ok(None) };
        let len = match size {
            0 => u128::from(short),
            _ => len.iter().fold(0, |len, &byte| len << 8 | u128::from(byte)),
        };
        if len >= 1 << 63 || size == 2 && len < 126 || size == 8 && len < 1 << 16 {
            return Err(1002);
        }
        let held = self.partial.as_ref().map_or(0, |(_, data)| data.len());
        if !is_control && held as u128 + len > self.max as u128 {
            return Err(1009);
        }
        let Some((mask, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let Some((payload, rest)) = rest.split_at_checked(len as usize) else { return Ok(None) };
        let payload: Vec<u8> = payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]).collect();
        if is_control {
            self.control(code, payload)?;
        } else {
            self.data(code, fin, &payload)?;
        }
        Ok(Some(rest))
    }

    fn control(&mut self, code: u8, payload: Vec<u8>) -> Result<(), u16> {
        self.seen.push(match (code, payload.as_slice()) {
            (opcode::PING, _) => Seen::Ping(payload),
            (opcode::PONG, _) => Seen::Pong,
            (_, []) => Seen::Close(None),
            (_, [_]) => return Err(1002),
            (_, [high, low, reason @ ..]) => {
                let code = u16::from(*high) * 256 + u16::from(*low);
                let reserved = !(1000..5000).contains(&code)
                    || (1004..=1006).contains(&code)
                    || (1015..3000).contains(&code);
                match str::from_utf8(reason) {
                    Err(_) => return Err(1007),
                    Ok(_) if reserved => return Err(1002),
                    Ok(_) => Seen::Close(Some(code)),
                }
            }
        });
        Ok(())
    }

    fn data(&mut self, code: u8, fin: bool, payload: &[u8]) -> Result<(), u16> {
        let (text, mut data) = self.partial.take().unwrap_or((code == opcode::TEXT, Vec::new()));
        data.extend_from_slice(payload);
        if let Err(error) = str::from_utf8(&data)
            && text
            && (fin || error.error_len().is_some())
        {
            return Err(1007);
        }
        match (fin, text) {
            (false, _) => self.partial = Some((text, data)),
            (true, true) => self.seen.push(Seen::Text(String::from_utf8(data).unwrap())),
            (true, false) => self.seen.push(Seen::Binary(data)),
        }
        Ok(())
    }
}

/// What the server writes can be taken apart again, alone and behind other bytes, and a client could have sent it.
fn server_frames(form: u8, payload: &[u8]) {
    let code = [opcode::TEXT, opcode::BINARY][usize::from(form & 1)];
    // The large ones are slow, so only for some inputs.
    let large = if form == 0 { 65_534 + payload.len() % 4 } else { 124 + payload.len() % 4 };
    for payload in [payload.to_vec(), vec![b'x'; large]] {
        let bytes = frame(code, &payload);
        assert_eq!(bytes.len(), header_len(payload.len()) + payload.len());
        assert_eq!(split_server_frame(&bytes), Some((code, payload.as_slice(), &[][..])));
        assert_eq!(split_server_frame(&bytes[..bytes.len() - 1]), None, "cut short");
        if str::from_utf8(&payload).is_ok() || code == opcode::BINARY {
            let mut sent = client_frame(0x80 | code, &payload, [1, 2, 3, 4]);
            let step = Reader::default().decode(&mut sent, payload.len()).map(|step| step.item.map(own));
            let wanted = match code {
                opcode::TEXT => Seen::Text(String::from_utf8(payload).unwrap()),
                _ => Seen::Binary(payload),
            };
            assert_eq!(step, Ok(Some(wanted)));
        }
    }
    if let Some((_, inner, rest)) = split_server_frame(payload) {
        assert!(inner.len() + rest.len() + 2 <= payload.len() && payload.ends_with(rest));
    }
    let reason = String::from_utf8_lossy(payload);
    let closing = close(close_code::POLICY, &reason);
    let Some((opcode::CLOSE, [3, 240, said @ ..], [])) = split_server_frame(&closing) else {
        panic!("close")
    };
    let said = str::from_utf8(said).unwrap();
    assert!(reason.starts_with(said) && said.len() <= 123);
    assert!(said.len() == reason.len() || said.len() > 119, "cut more than needed");
}
