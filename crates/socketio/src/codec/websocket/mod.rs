//! The server side of RFC 6455: opening handshake, frame reader and frame header writer.

mod handshake;
mod reader;
mod writer;

pub use handshake::{accept_key, is_valid_key};
pub use reader::{Item, Reader, Step, Violation};
pub use writer::{close, frame, header, header_len, split_server_frame};

/// Opcodes of RFC 6455 section 5.2.
pub mod opcode {
    /// Continuation of a fragmented message.
    pub const CONTINUATION: u8 = 0;
    /// UTF-8 text.
    pub const TEXT: u8 = 1;
    /// Binary data.
    pub const BINARY: u8 = 2;
    /// Connection close.
    pub const CLOSE: u8 = 8;
    /// Ping.
    pub const PING: u8 = 9;
    /// Pong.
    pub const PONG: u8 = 10;
}

/// Close codes of RFC 6455 section 7.4 that this server sends.
pub mod close_code {
    /// The purpose of the connection is fulfilled.
    pub const NORMAL: u16 = 1000;
    /// The server goes away.
    pub const GOING_AWAY: u16 = 1001;
    /// A frame broke the protocol.
    pub const PROTOCOL: u16 = 1002;
    /// A text message was not UTF-8.
    pub const INVALID_DATA: u16 = 1007;
    /// A limit or rule of this server was passed.
    pub const POLICY: u16 = 1008;
    /// A message was larger than the server accepts.
    pub const TOO_LARGE: u16 = 1009;
}
