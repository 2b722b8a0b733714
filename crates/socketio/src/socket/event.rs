use crate::{Frame, Socket};
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

/// An event that a client sent.
#[derive(Debug)]
pub struct Event<'a> {
    /// Its name; never a reserved one. A number is given by its digits.
    pub name: &'a str,
    /// The arguments after the name. Where a binary value was, there is `{"_placeholder":true,"num":n}`.
    pub args: Vec<&'a RawValue>,
    /// The binary values, by that number.
    pub attachments: Vec<Bytes>,
    /// There if the client wants an answer.
    pub ack: Option<Acker>,
}

/// The right to answer one event, once, from any thread. Dropped unused, the client gets no answer.
#[derive(Debug)]
pub struct Acker {
    pub(crate) socket: Socket,
    pub(crate) id: u64,
}

impl Acker {
    /// Answers with one argument. A value that cannot be serialised is logged and not sent.
    pub fn send(self, args: &impl Serialize) {
        match serde_json::to_string(args) {
            Ok(arg) => self.socket.send(Frame::ack(self.socket.namespace(), self.id, &[&arg], &[])),
            Err(error) => tracing::error!(%error, "an ack cannot be serialised"),
        }
    }

    /// Answers with any number of arguments and attachments; see [`Frame::event_args`].
    pub fn send_args(self, args: &[&RawValue], attachments: &[Bytes]) {
        let args: Vec<&str> = args.iter().map(|arg| arg.get()).collect();
        self.socket.send(Frame::ack(self.socket.namespace(), self.id, &args, attachments));
    }
}

/// Why an emitted event was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AckError {
    /// Not in time, or `pending_acks_per_socket` newer ones came.
    #[error("the client did not acknowledge in time")]
    Timeout,
    /// The socket was, or is now, disconnected.
    #[error("the socket is disconnected")]
    Disconnected,
    /// The argument cannot be serialised.
    #[error("the argument cannot be serialised: {0}")]
    Serialize(String),
}
