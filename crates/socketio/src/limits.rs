//! Every limit of the transport, in one place.

/// Limits with the names that documents, counters and error details use. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// One Engine.IO packet or polling payload, in bytes. Beyond, the transport is closed.
    pub max_payload_bytes: usize,
    /// One Socket.IO event with its attachments, in bytes. Beyond, [`Handler::too_large`](crate::Handler::too_large).
    /// What CONNECT carries may be as long; beyond, the connection is closed.
    pub event_bytes: usize,
    /// Nesting of the JSON of a packet. Beyond, the connection is closed.
    pub json_depth: usize,
    /// Binary attachments of one event. Beyond, the connection is closed.
    pub binary_attachments_per_event: usize,
    /// Namespaces that one connection may join. Beyond, `connect_error`.
    pub namespaces_per_connection: usize,
    /// Rooms that one socket may be in, its own included. Beyond, joining does nothing and is counted.
    pub rooms_per_socket: usize,
    /// Acks that the server waits for from one socket. Beyond, the oldest fails with a time-out.
    pub pending_acks_per_socket: usize,
    /// Bytes queued for one connection. Beyond, volatile frames go first; then the application says whether the events
    /// go too ([`Handler::overflow`](crate::Handler::overflow)) or the connection is closed.
    pub outbound_queue_bytes: usize,
    /// Frames queued for one connection, and as many acks. Beyond, as for the bytes.
    pub outbound_queue_frames: usize,
    /// Bytes of acks queued for one connection, beside all else: what a client asked for does not count as slowness.
    /// Beyond, as for the bytes.
    pub outbound_answer_bytes: usize,
    /// How long a connection may take no byte while some are queued. Beyond, it is closed.
    pub write_stall_ms: u64,
    /// How long a connection may stay without having joined a namespace. Beyond, it is closed.
    pub connect_timeout_ms: u64,
    /// Request line and headers of one HTTP request, in bytes (hyper's least is 8 KiB). Beyond, status 431.
    pub handshake_header_bytes: usize,
    /// Query string and kept headers of one handshake, in bytes: what a connection keeps while it lives. Beyond, status
    /// 431.
    pub handshake_kept_bytes: usize,
    /// How long a client may take to send a request's head, or the body of a POST. Beyond, the connection is closed.
    /// As long may [`HttpHooks::allow`](crate::HttpHooks::allow) take; beyond, status 503.
    pub handshake_ms: u64,
    /// Engine.IO handshakes per second, over all shards; 0 admits all. Beyond, status 503 with `Retry-After`.
    pub handshakes_per_second: u32,
    /// Handshakes that may come at once on top of the rate.
    pub handshakes_burst: u32,
    /// How long a session waits for a client that was cut off, and how old an event may be that is sent again. Beyond,
    /// the client gets a new session.
    pub recovery_window_ms: u64,
    /// Events that are sent again at most. Beyond, the client gets a new session.
    pub recovery_window_events: usize,
    /// Their bytes. Beyond, the client gets a new session.
    pub recovery_window_bytes: usize,
    /// Bytes of broadcasts that a namespace keeps in all. Beyond, the oldest go, and who missed them gets a new session.
    /// As much again may be kept of what sockets are sent alone. Beyond, such a socket keeps none of it.
    pub recovery_total_bytes: usize,
    /// Sessions of a namespace that wait for their clients. Beyond, the oldest go.
    pub recovery_sessions: usize,
    /// How long the connection that has a session may take to answer a ping when another one claims the session.
    /// Beyond, it is closed and the claim succeeds.
    pub recovery_probe_ms: u64,
    /// Engine.IO connections that are open, over all shards. Beyond, status 503 with `Retry-After`.
    pub connections: usize,
    /// Those of them that have joined no namespace yet. Beyond, as for all.
    pub unadmitted_connections: usize,
    /// Connections of one principal ([`Handshake::bind`](crate::Handshake::bind)) that have joined a namespace, over all
    /// shards. Beyond, the oldest gets DISCONNECT and is closed.
    pub connections_per_user: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_payload_bytes: 1_000_000,
            event_bytes: 64 * 1024,
            json_depth: 32,
            binary_attachments_per_event: 10,
            namespaces_per_connection: 8,
            rooms_per_socket: 10_000,
            pending_acks_per_socket: 256,
            outbound_queue_bytes: 1024 * 1024,
            outbound_queue_frames: 512,
            outbound_answer_bytes: 4 * 1024 * 1024,
            write_stall_ms: 10_000,
            connect_timeout_ms: 45_000,
            handshake_header_bytes: 16 * 1024,
            handshake_kept_bytes: 10 * 1024,
            handshake_ms: 10_000,
            handshakes_per_second: 1_000,
            handshakes_burst: 2_000,
            recovery_window_ms: 120_000,
            recovery_window_events: 300,
            recovery_window_bytes: 1024 * 1024,
            recovery_total_bytes: 64 * 1024 * 1024,
            recovery_sessions: 20_000,
            recovery_probe_ms: 2_000,
            connections: 100_000,
            unadmitted_connections: 10_000,
            connections_per_user: 50,
        }
    }
}
