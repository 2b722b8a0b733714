//! Events that want an answer: numbering them, and where answers go.

use super::AckError;
use crate::{
    Frame,
    codec::{
        socket::{PacketLimits, decode},
        websocket::{frame, opcode, split_server_frame},
    },
};
use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// What a client answered to an event.
#[derive(Debug, Clone)]
pub struct Answer {
    /// All arguments. Where a binary value was, there is `{"_placeholder":true,"num":n}`.
    pub args: Vec<Box<RawValue>>,
    /// The binary values, by that number.
    pub attachments: Vec<Bytes>,
}

impl Answer {
    /// The first argument, `null` if there is none.
    pub fn first(&self) -> &RawValue {
        self.args.first().map_or(RawValue::NULL, |first| first)
    }
}

/// What a broadcast came to.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Of those who answered in time, in the order of arrival.
    pub answers: Vec<Answer>,
    /// How many did not, or left before they did.
    pub missing: usize,
}

pub(crate) type Answered = Result<Answer, AckError>;

/// Who waits for an answer. Dropped without one, it is told of a disconnect.
pub(crate) enum Waiter {
    One(oneshot::Sender<Answered>),
    Many(Collector),
}

/// One of many answers.
pub(crate) struct Collector(Option<UnboundedSender<Answered>>);

impl Waiter {
    pub(crate) fn many(sender: &UnboundedSender<Answered>) -> Self {
        Self::Many(Collector(Some(sender.clone())))
    }

    pub(crate) fn tell(self, answered: Answered) {
        match self {
            Self::One(sender) => drop(sender.send(answered)),
            Self::Many(mut collector) => {
                if let Some(sender) = collector.0.take() {
                    let _ = sender.send(answered);
                }
            }
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(Err(AckError::Disconnected));
        }
    }
}

/// An event without its ack id, which differs from socket to socket.
pub(crate) struct Unnumbered {
    head: Vec<u8>,
    payload: Vec<u8>,
    attachments: Vec<u8>,
}

impl Unnumbered {
    /// `None` if the frame is no event.
    pub(crate) fn new(event: &Frame) -> Option<Self> {
        let (_, packet, attachments) = split_server_frame(event.bytes())?;
        let any = PacketLimits { json_depth: usize::MAX, attachments: usize::MAX };
        // Before the Socket.IO packet stands the type of the Engine.IO packet.
        let decoded = decode(str::from_utf8(packet).ok()?.get(1..)?, any).ok()?;
        let (head, payload) = packet.split_at(packet.len() - decoded.payload.len());
        Some(Self { head: head.to_vec(), payload: payload.to_vec(), attachments: attachments.to_vec() })
    }

    pub(crate) fn numbered(&self, id: u64) -> Frame {
        let packet = [&self.head, id.to_string().as_bytes(), &self.payload].concat();
        let mut bytes = frame(opcode::TEXT, &packet);
        bytes.extend_from_slice(&self.attachments);
        Frame::framed(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_between_namespace_and_payload() {
        let number = |frame: &Frame| Unnumbered::new(frame).unwrap().numbered(12);
        assert_eq!(&number(&Frame::event_raw("/", "a", "1")).bytes()[2..], br#"4212["a",1]"#);
        assert_eq!(&number(&Frame::event_raw("/x[7", "a", "1")).bytes()[2..], br#"42/x[7,12["a",1]"#);
        let arg = RawValue::from_string(r#"{"_placeholder":true,"num":0}"#.into()).unwrap();
        let binary = number(&Frame::event_args("/", "f", &[&arg], &[Bytes::from_static(&[1, 2])]));
        let (_, text, rest) = split_server_frame(binary.bytes()).unwrap();
        assert_eq!(text, br#"451-12["f",{"_placeholder":true,"num":0}]"#);
        assert_eq!(rest, [0x82, 2, 1, 2]);
    }

    #[test]
    fn a_collector_always_tells() {
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        drop(Waiter::many(&sender));
        Waiter::many(&sender).tell(Err(AckError::Timeout));
        assert_eq!(told.try_recv().unwrap().unwrap_err(), AckError::Disconnected);
        assert_eq!(told.try_recv().unwrap().unwrap_err(), AckError::Timeout);
        assert!(told.try_recv().is_err());
    }
}
