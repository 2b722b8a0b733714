//! Base64 (RFC 4648 section 4), bit by bit.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes, if the text is what an encoder writes: padded, and nothing in the bits that are left over.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 {
        return None;
    }
    let mut bits = Vec::new();
    for digit in digits.bytes() {
        let value = ALPHABET.iter().position(|&known| known == digit)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    let whole = bits.len() / 8 * 8;
    let left = &bits[whole..];
    // Left-over bits: none without padding, two for `=`, four for `==`.
    if left.len() != 2 * (text.len() - digits.len()) || left.contains(&true) {
        return None;
    }
    Some(
        bits[..whole]
            .chunks(8)
            .map(|bits| bits.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit)))
            .collect(),
    )
}
