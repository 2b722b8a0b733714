//! The one source of randomness of a shard: bytes of the operating system (in a simulation, of a seed), fetched in
//! blocks.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

const BLOCK: usize = 1024;

/// Length of every id, in characters.
pub(crate) const ID_CHARS: usize = 20;

/// An Engine.IO session id. A secret; it begins with the shard that owns the session.
pub(crate) type Sid = [u8; ID_CHARS];

type Fill = dyn FnMut(&mut [u8]) -> Result<(), getrandom::Error>;

pub(crate) struct Random {
    fill: Box<Fill>,
    block: Box<[u8; BLOCK]>,
    used: usize,
}

impl Random {
    pub(crate) fn new() -> Self {
        Self::of(Box::new(getrandom::fill))
    }

    /// The same for the same seed, and so fit for simulations only (SplitMix64).
    #[cfg(feature = "simulation")]
    pub(crate) fn seeded(mut seed: u64) -> Self {
        Self::of(Box::new(move |block| {
            for chunk in block.chunks_mut(8) {
                seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
            }
            Ok(())
        }))
    }

    fn of(fill: Box<Fill>) -> Self {
        Self { fill, block: Box::new([0; BLOCK]), used: BLOCK }
    }

    /// Fresh bytes. Fails only where the operating system has none, and then nothing may be handed out.
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], getrandom::Error> {
        if self.used + N > BLOCK {
            (self.fill)(self.block.as_mut_slice())?;
            self.used = 0;
        }
        let mut out = [0; N];
        let source = &mut self.block[self.used..self.used + N];
        out.copy_from_slice(source);
        source.fill(0);
        self.used += N;
        Ok(out)
    }

    /// 120 random bits, in 20 characters.
    pub(crate) fn id(&mut self) -> Result<String, getrandom::Error> {
        Ok(URL_SAFE_NO_PAD.encode(self.bytes::<15>()?))
    }

    /// A session id of this shard: 12 bits of shard, 108 random bits.
    pub(crate) fn sid(&mut self, shard: usize) -> Result<Sid, getrandom::Error> {
        let mut bytes = self.bytes::<15>()?;
        bytes[0] = (shard >> 4) as u8;
        bytes[1] = (bytes[1] & 0x0f) | ((shard & 0x0f) << 4) as u8;
        let mut sid = [0; ID_CHARS];
        // 15 bytes are exactly 20 characters, so this cannot fail.
        let _ = URL_SAFE_NO_PAD.encode_slice(bytes, &mut sid);
        Ok(sid)
    }

    /// A number below `end`, for jitter.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        self.bytes::<4>().map_or(0, |bytes| u32::from_ne_bytes(bytes) % end.max(1))
    }
}

/// The sid in a query parameter and the shard that it names.
pub(crate) fn parse_sid(text: &str) -> Option<(Sid, usize)> {
    let sid: Sid = text.as_bytes().try_into().ok()?;
    let bytes = URL_SAFE_NO_PAD.decode(sid).ok()?;
    let (&high, &low) = (bytes.first()?, bytes.get(1)?);
    Some((sid, (usize::from(high) << 4) | usize::from(low >> 4)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_sid_names_its_shard() {
        let mut random = Random::new();
        for shard in [0, 1, 15, 16, 255, 4095] {
            let sid = random.sid(shard).unwrap();
            assert_eq!(parse_sid(str::from_utf8(&sid).unwrap()), Some((sid, shard)));
        }
        for bad in ["", "short", "!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(parse_sid(bad), None);
        }
    }

    #[test]
    fn ids_do_not_repeat() {
        let mut random = Random::new();
        let ids: HashSet<_> = (0..1000).map(|_| random.id().unwrap()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == ID_CHARS));
    }
}
