//! Server frames: never masked, never fragmented (RFC 6455 section 5.1).

use super::opcode;

/// Bytes that [`header`] writes for a payload of this length.
pub const fn header_len(payload_len: usize) -> usize {
    match payload_len {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    }
}

/// Appends the header of a final, unmasked frame.
pub fn header(out: &mut Vec<u8>, opcode: u8, payload_len: usize) {
    out.push(0x80 | opcode);
    match payload_len {
        0..126 => out.push(payload_len as u8),
        126..65_536 => {
            out.push(126);
            out.extend_from_slice(&(payload_len as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(payload_len as u64).to_be_bytes());
        }
    }
}

/// One whole frame.
pub fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header_len(payload.len()) + payload.len());
    header(&mut out, opcode, payload.len());
    out.extend_from_slice(payload);
    out
}

/// A close frame; the reason is cut to the 123 bytes that a control frame has room for.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    frame(opcode::CLOSE, &payload)
}

/// Takes apart bytes written by [`frame`]: opcode, payload and what follows. `None` at the end, or on other bytes.
///
/// The polling path reads packets back out of frames that were built once for everybody.
pub fn split_server_frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (len, rest) = match short {
        0..126 => (usize::from(short), rest),
        126 => {
            let (len, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*len)), rest)
        }
        127 => {
            let (len, rest) = rest.split_first_chunk::<8>()?;
            (usize::try_from(u64::from_be_bytes(*len)).ok()?, rest)
        }
        _ => return None,
    };
    let (payload, rest) = rest.split_at_checked(len)?;
    Some((first & 0x0f, payload, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_at_their_borders() {
        for (len, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let bytes = frame(opcode::BINARY, &vec![7; len]);
            assert_eq!(bytes.len(), header + len);
            assert_eq!(header_len(len), header);
            let (code, payload, rest) = split_server_frame(&bytes).unwrap();
            assert_eq!((code, payload.len(), rest.len()), (opcode::BINARY, len, 0));
        }
    }

    #[test]
    fn a_long_close_reason_is_cut_at_a_character() {
        let bytes = close(1008, &"é".repeat(100));
        assert_eq!(bytes.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&bytes[4..]).is_ok());
    }
}
