//! Client frames, unmasked in place; a connection keeps bytes only while a message is fragmented.

use super::{close_code, opcode};
use std::borrow::Cow;

/// Puts messages together from frames. Empty unless a fragmented message is under way.
#[derive(Default, Debug)]
pub struct Reader {
    partial: Option<Box<Partial>>,
}

#[derive(Debug)]
struct Partial {
    text: bool,
    data: Vec<u8>,
    /// Up to here the text is known to be UTF-8; what follows is at most one unfinished character.
    valid: usize,
}

/// What [`Reader::decode`] found at the start of its input.
#[derive(Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Bytes of the input that are dealt with; 0 when more input is needed.
    pub consumed: usize,
    /// A complete message or control frame, if the consumed frame ended one.
    pub item: Option<Item<'a>>,
}

/// A complete message or control frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// A ping, to be answered by a pong of the same bytes.
    Ping(&'a [u8]),
    /// A pong.
    Pong,
    /// The peer closes, with its code if it gave one.
    Close(Option<u16>),
}

/// A breach of RFC 6455 or of the size limit. The connection cannot go on.
#[derive(Debug, PartialEq, Eq, Clone, Copy, thiserror::Error)]
pub enum Violation {
    /// A frame that the RFC forbids, and which rule it broke.
    #[error("protocol error: {0}")]
    Protocol(&'static str),
    /// Text that is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// The message passes the limit.
    #[error("message is too large")]
    TooLarge,
}

impl Violation {
    /// The close code that tells the peer.
    pub fn close_code(self) -> u16 {
        match self {
            Self::Protocol(_) => close_code::PROTOCOL,
            Self::InvalidUtf8 => close_code::INVALID_DATA,
            Self::TooLarge => close_code::TOO_LARGE,
        }
    }
}

struct Head {
    fin: bool,
    opcode: u8,
    header: usize,
    payload: usize,
}

impl Reader {
    /// Whether a fragmented message is under way.
    pub fn is_idle(&self) -> bool {
        self.partial.is_none()
    }

    /// Bytes kept of a fragmented message; never more than the `max` that [`Reader::decode`] is given.
    pub fn held_bytes(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| partial.data.len())
    }

    /// Decodes the frame at the start of `input`, unmasking it in place. `max` bounds a whole message, in bytes.
    pub fn decode<'a>(&mut self, input: &'a mut [u8], max: usize) -> Result<Step<'a>, Violation> {
        let Some(head) = self.head(input, max)? else { return Ok(Step { consumed: 0, item: None }) };
        let consumed = head.header + 4 + head.payload;
        let Some(frame) = input.get_mut(head.header..consumed) else {
            return Ok(Step { consumed: 0, item: None });
        };
        let (mask, payload) = frame.split_at_mut(4);
        unmask(payload, [mask[0], mask[1], mask[2], mask[3]]);
        let payload = &*payload;
        let item = match head.opcode {
            opcode::PING => Some(Item::Ping(payload)),
            opcode::PONG => Some(Item::Pong),
            opcode::CLOSE => Some(Item::Close(close_payload(payload)?)),
            opcode::TEXT if head.fin => {
                Some(Item::Text(Cow::Borrowed(str::from_utf8(payload).map_err(|_| Violation::InvalidUtf8)?)))
            }
            opcode::BINARY if head.fin => Some(Item::Binary(Cow::Borrowed(payload))),
            code => self.fragment(code, head.fin, payload)?,
        };
        Ok(Step { consumed, item })
    }

    fn head(&self, input: &[u8], max: usize) -> Result<Option<Head>, Violation> {
        let [first, second, ..] = *input else { return Ok(None) };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("reserved bits are set"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("client frames must be masked"));
        }
        let short = second & 0x7f;
        match opcode {
            opcode::CONTINUATION if self.partial.is_none() => {
                return Err(Violation::Protocol("continuation of nothing"));
            }
            opcode::TEXT | opcode::BINARY if self.partial.is_some() => {
                return Err(Violation::Protocol("new message inside a fragmented one"));
            }
            opcode::CONTINUATION | opcode::TEXT | opcode::BINARY => {}
            opcode::CLOSE | opcode::PING | opcode::PONG if fin && short <= 125 => {}
            opcode::CLOSE | opcode::PING | opcode::PONG => {
                return Err(Violation::Protocol("control frames are short and whole"));
            }
            _ => return Err(Violation::Protocol("reserved opcode")),
        }
        let Some((header, payload)) = length(input, short)? else { return Ok(None) };
        if opcode & 8 == 0 && payload.saturating_add(self.held_bytes() as u64) > max as u64 {
            return Err(Violation::TooLarge);
        }
        Ok(Some(Head { fin, opcode, header, payload: payload as usize }))
    }

    fn fragment(&mut self, code: u8, fin: bool, payload: &[u8]) -> Result<Option<Item<'static>>, Violation> {
        let partial = self.partial.get_or_insert_with(|| {
            Box::new(Partial { text: code == opcode::TEXT, data: Vec::new(), valid: 0 })
        });
        partial.data.extend_from_slice(payload);
        if partial.text {
            match str::from_utf8(&partial.data[partial.valid..]) {
                Ok(text) => partial.valid += text.len(),
                Err(error) if error.error_len().is_none() && !fin => partial.valid += error.valid_up_to(),
                Err(_) => return Err(Violation::InvalidUtf8),
            }
        }
        if !fin {
            return Ok(None);
        }
        let Some(partial) = self.partial.take() else { return Ok(None) };
        if partial.text {
            let text = String::from_utf8(partial.data).map_err(|_| Violation::InvalidUtf8)?;
            return Ok(Some(Item::Text(Cow::Owned(text))));
        }
        Ok(Some(Item::Binary(Cow::Owned(partial.data))))
    }
}

/// Header length without the mask, and payload length.
fn length(input: &[u8], short: u8) -> Result<Option<(usize, u64)>, Violation> {
    let (header, len, least) = match short {
        126 => match input.get(2..4) {
            Some(&[a, b]) => (4, u64::from(u16::from_be_bytes([a, b])), 126),
            _ => return Ok(None),
        },
        127 => match input.get(2..).and_then(|rest| rest.first_chunk::<8>()) {
            Some(len) => (10, u64::from_be_bytes(*len), 65_536),
            None => return Ok(None),
        },
        short => (2, u64::from(short), 0),
    };
    if len < least || len > i64::MAX as u64 {
        return Err(Violation::Protocol("length is not minimal, or has its top bit set"));
    }
    Ok(Some((header, len)))
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask[0], mask[1], mask[2], mask[3], mask[0], mask[1], mask[2], mask[3]]);
    let (chunks, tail) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

fn close_payload(payload: &[u8]) -> Result<Option<u16>, Violation> {
    match payload {
        [] => Ok(None),
        [_] => Err(Violation::Protocol("close code is cut")),
        [a, b, reason @ ..] => {
            str::from_utf8(reason).map_err(|_| Violation::InvalidUtf8)?;
            match u16::from_be_bytes([*a, *b]) {
                code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => Ok(Some(code)),
                _ => Err(Violation::Protocol("close code is not allowed")),
            }
        }
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
