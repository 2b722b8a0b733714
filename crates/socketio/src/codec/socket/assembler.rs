//! A packet whose attachments are still to come.

use super::{Malformed, Packet, placeholders};
use bytes::Bytes;

/// Collects the attachments of one packet at a time. Empty, and without memory of its own, in between.
#[derive(Debug, Default)]
pub struct Assembler(Option<Box<Assembly>>);

/// A packet on its way.
#[derive(Debug)]
pub struct Assembly {
    /// The text packet, as received; with an empty payload if it alone passes what is worth keeping.
    pub text: String,
    /// What has arrived of its attachments. Emptied when `bytes` passes what is worth keeping.
    pub attachments: Vec<Bytes>,
    /// Text and attachments so far.
    pub bytes: usize,
    expected: usize,
    arrived: usize,
}

/// What became of an attachment.
#[derive(Debug)]
pub enum Assembled {
    /// More are to come.
    Pending,
    /// That was the last.
    Complete(Box<Assembly>),
}

impl Assembler {
    /// Whether the next message must be binary.
    pub fn is_waiting(&self) -> bool {
        self.0.is_some()
    }

    /// Starts with a binary packet. Its placeholders must name attachments that it announces; it may announce none.
    /// The payload of one that alone passes `keep` bytes is thrown away.
    pub fn start(&mut self, text: &str, packet: &Packet<'_>, keep: usize) -> Result<Assembled, Malformed> {
        debug_assert!(packet.kind.is_binary());
        placeholders::check(packet.payload, packet.attachments)?;
        let kept = if text.len() > keep {
            let head = text.len() - packet.payload.len();
            format!("{}[]", text.get(..head).unwrap_or_default())
        } else {
            text.to_owned()
        };
        let assembly = Box::new(Assembly {
            text: kept,
            attachments: Vec::new(),
            bytes: text.len(),
            expected: packet.attachments,
            arrived: 0,
        });
        if packet.attachments == 0 {
            return Ok(Assembled::Complete(assembly));
        }
        self.0 = Some(assembly);
        Ok(Assembled::Pending)
    }

    /// Adds an attachment. What passes `keep` bytes in all is counted and thrown away.
    pub fn add(&mut self, data: Bytes, keep: usize) -> Result<Assembled, Malformed> {
        let mut assembly = self.0.take().ok_or(Malformed::Syntax("binary without a packet"))?;
        assembly.bytes += data.len();
        assembly.arrived += 1;
        if assembly.bytes > keep {
            assembly.attachments = Vec::new();
        } else {
            assembly.attachments.push(data);
        }
        if assembly.arrived == assembly.expected {
            return Ok(Assembled::Complete(assembly));
        }
        self.0 = Some(assembly);
        Ok(Assembled::Pending)
    }

    /// Bytes held or announced so far.
    pub fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |assembly| assembly.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PacketLimits, decode};
    use super::*;

    fn start(text: &str) -> Result<Assembler, Malformed> {
        let packet = decode(text, PacketLimits { json_depth: 32, attachments: 10 })?;
        let mut assembler = Assembler::default();
        assembler.start(text, &packet, 1000)?;
        Ok(assembler)
    }

    #[test]
    fn collects_until_the_last() {
        let mut assembler = start(r#"52-["a",{"_placeholder":true,"num":1}]"#).unwrap();
        assert!(matches!(assembler.add(Bytes::from_static(b"1"), 100), Ok(Assembled::Pending)));
        let Ok(Assembled::Complete(done)) = assembler.add(Bytes::from_static(b"2"), 100) else { panic!() };
        assert_eq!(done.attachments.len(), 2);
        assert!(!assembler.is_waiting());
        assert!(assembler.add(Bytes::new(), 100).is_err());
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let text = format!(r#"51-/n,7["a","{}"]"#, "x".repeat(1000));
        let mut assembler = start(&text).unwrap();
        let Ok(Assembled::Complete(done)) = assembler.add(Bytes::from_static(b"1"), 1000) else { panic!() };
        assert_eq!(
            (done.text.as_str(), done.attachments.len(), done.bytes),
            ("51-/n,7[]", 0, text.len() + 1)
        );
    }

    #[test]
    fn forged_placeholders_are_refused() {
        for num in ["2", "-1", "\"splice\"", "1.5", "null"] {
            assert!(
                start(&format!(r#"52-["a",{{"b":{{"_placeholder":true,"num":{num}}}}}]"#)).is_err(),
                "{num}"
            );
        }
        assert!(start(r#"51-["a",{"_placeholder":true}]"#).is_err());
    }
}
