//! WebSocket frames as a client writes and reads them (RFC 6455, section 5). Pure: bytes in, frames out.

use crate::failure::{Failure, Result};

const FIN: u8 = 0x80;
const MASKED: u8 = 0x80;
const OPCODE: u8 = 0x0f;

/// What a frame is; bodies of control frames other than ping do not matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text,
    Close,
    Ping,
    Other,
}

impl Opcode {
    fn of(byte: u8) -> Self {
        match byte & OPCODE {
            1 => Self::Text,
            8 => Self::Close,
            9 => Self::Ping,
            _ => Self::Other,
        }
    }
}

/// Appends a text frame.
pub(crate) fn write_text(out: &mut Vec<u8>, payload: &[u8]) {
    write(out, 1, payload);
}

/// Appends the answer to a WebSocket ping.
pub(crate) fn write_pong(out: &mut Vec<u8>, payload: &[u8]) {
    write(out, 10, payload);
}

/// The masking key is zero: the protocol allows any, the payload stays as it is, and masking costs us nothing.
fn write(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    out.push(FIN | opcode);
    match payload.len() {
        length @ 0..126 => out.push(MASKED | length as u8),
        length @ 126..=0xffff => {
            out.push(MASKED | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(payload);
}

/// Cuts a byte stream into frames. Holds bytes only while a frame is incomplete.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    incomplete: Vec<u8>,
}

impl FrameReader {
    /// Calls `each` for every frame that is now complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Opcode, &[u8])) -> Result<()> {
        if self.incomplete.is_empty() {
            let used = cut(bytes, &mut each)?;
            self.incomplete.extend_from_slice(&bytes[used..]);
        } else {
            self.incomplete.extend_from_slice(bytes);
            let used = cut(&self.incomplete, &mut each)?;
            self.incomplete.drain(..used);
        }
        if self.incomplete.is_empty() {
            self.incomplete = Vec::new();
        }
        Ok(())
    }
}

/// Number of bytes that whole frames took.
fn cut(bytes: &[u8], each: &mut impl FnMut(Opcode, &[u8])) -> Result<usize> {
    let mut used = 0;
    while let Some((header, length)) = header(&bytes[used..])? {
        let Some(payload) = bytes.get(used + header..used + header + length) else { break };
        each(Opcode::of(bytes[used]), payload);
        used += header + length;
    }
    Ok(used)
}

/// Length of the header and of the payload, when the header is complete.
fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & FIN == 0 || first & OPCODE == 0 {
        return Err(Failure::Protocol("fragmented frames are not expected from a server"));
    }
    if second & MASKED != 0 {
        return Err(Failure::Protocol("a server must not mask its frames"));
    }
    Ok(match second {
        126 => rest.first_chunk().map(|length| (4, usize::from(u16::from_be_bytes(*length)))),
        127 => rest.first_chunk().map(|length| (10, u64::from_be_bytes(*length) as usize)),
        length => Some((2, usize::from(*length))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's frames: what we write, without mask.
    fn served(payloads: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for payload in payloads {
            bytes.push(0x81);
            if payload.len() < 126 {
                bytes.push(payload.len() as u8);
            } else {
                bytes.push(126);
                bytes.extend_from_slice(&(payload.len() as u16).to_be_bytes());
            }
            bytes.extend_from_slice(payload);
        }
        bytes
    }

    #[test]
    fn frames_are_found_however_the_stream_is_cut() {
        let long = [b'x'; 300];
        let stream = served(&[b"0{}", &long, b"", b"2"]);
        for size in 1..stream.len() {
            let mut reader = FrameReader::default();
            let mut found = Vec::new();
            for part in stream.chunks(size) {
                reader.feed(part, |opcode, payload| found.push((opcode, payload.to_vec()))).unwrap();
            }
            let payloads: Vec<_> = found.iter().map(|(_, payload)| payload.as_slice()).collect();
            assert_eq!(payloads, [&b"0{}"[..], &long, b"", b"2"], "in pieces of {size}");
            assert!(reader.incomplete.is_empty());
        }
    }

    #[test]
    fn lengths_are_written_as_the_protocol_wants() {
        for (length, header) in [(0, 6), (125, 6), (126, 8), (65_535, 8), (65_536, 14)] {
            let mut out = Vec::new();
            write_text(&mut out, &vec![b'x'; length]);
            assert_eq!(out.len(), header + length);
            assert_eq!(out[0], 0x81);
            assert_ne!(out[1] & MASKED, 0);
        }
    }

    #[test]
    fn masked_and_fragmented_frames_are_refused() {
        assert!(FrameReader::default().feed(&[0x81, 0x80, 0, 0, 0, 0], |_, _| {}).is_err());
        assert!(FrameReader::default().feed(&[0x01, 0x01, b'x'], |_, _| {}).is_err());
    }
}
