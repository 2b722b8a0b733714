use std::fmt;

/// Why a socket, and often its connection, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The client left the namespace; its connection goes on.
    ClientDisconnect,
    /// [`Socket::disconnect`](crate::Socket::disconnect) or [`Io::disconnect`](crate::Io::disconnect).
    ServerDisconnect,
    /// The client closed the connection, or it was lost.
    TransportClose,
    /// Reading or writing failed.
    TransportError,
    /// No pong within `ping_timeout`.
    PingTimeout,
    /// The connection broke WebSocket, Engine.IO or Socket.IO rules, or a limit of them; which one is said.
    Protocol(&'static str),
    /// No namespace was joined within `connect_timeout_ms`.
    ConnectTimeout,
    /// `outbound_queue_bytes`, `outbound_queue_frames` or `outbound_answer_bytes` was passed.
    SlowConsumer,
    /// Not one byte was taken for `write_stall_ms`.
    WriteStall,
    /// The server closed the transport, for the reason that it gave.
    Closed(&'static str),
}

impl DisconnectReason {
    /// The body of a POST did not come, or not as announced.
    pub(crate) const POST_FAILED: &'static str = "post_failed";

    /// A stable name, used in counters and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientDisconnect => "client_disconnect",
            Self::ServerDisconnect => "server_disconnect",
            Self::TransportClose => "transport_close",
            Self::TransportError => "transport_error",
            Self::PingTimeout => "ping_timeout",
            Self::Protocol(reason) | Self::Closed(reason) => reason,
            Self::ConnectTimeout => "connect_timeout",
            Self::SlowConsumer => "slow_consumer",
            Self::WriteStall => "write_stall",
        }
    }

    /// Whether the client did not mean to leave, nor the server to be rid of it: its session may be taken up again.
    pub(crate) fn is_cut(self) -> bool {
        match self {
            Self::TransportClose
            | Self::TransportError
            | Self::PingTimeout
            | Self::SlowConsumer
            | Self::WriteStall
            | Self::Closed(_) => true,
            // Most often the connection was lost in the middle of it.
            Self::Protocol(reason) => reason == Self::POST_FAILED,
            Self::ClientDisconnect | Self::ServerDisconnect | Self::ConnectTimeout => false,
        }
    }

    /// Whether the peer is gone or deaf, so that telling it is pointless.
    pub(crate) fn is_abrupt(self) -> bool {
        matches!(self, Self::TransportError | Self::PingTimeout | Self::SlowConsumer | Self::WriteStall)
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
