use http::{HeaderMap, header::HeaderName};
use std::{net::SocketAddr, sync::OnceLock};

/// What is kept of the request that opened a connection.
#[derive(Debug)]
pub struct Handshake {
    headers: Box<[(HeaderName, Box<str>)]>,
    query: Box<str>,
    remote_addr: SocketAddr,
    transport: TransportKind,
    principal: OnceLock<Box<str>>,
}

/// The transport that a connection opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// HTTP long-polling.
    Polling,
    /// WebSocket.
    WebSocket,
}

impl Handshake {
    /// Copies: a retained header would pin the whole read buffer of its request.
    pub(crate) fn new(
        headers: &HeaderMap,
        kept: &[HeaderName],
        query: &str,
        remote_addr: SocketAddr,
        transport: TransportKind,
    ) -> Self {
        let headers = kept.iter().flat_map(|name| {
            headers.get_all(name).iter().filter_map(|value| Some((name.clone(), value.to_str().ok()?.into())))
        });
        let (headers, query) = (headers.collect(), query.into());
        Self { headers, query, remote_addr, transport, principal: OnceLock::new() }
    }

    /// The first value of a header, if it is among [`Config::kept_headers`](crate::Config::kept_headers).
    pub fn header(&self, name: impl AsRef<str>) -> Option<&str> {
        let name = name.as_ref();
        let mut headers = self.headers.iter();
        headers.find(|(kept, _)| kept.as_str().eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Says who the connection belongs to. `false` when it belongs to somebody else already: one connection, one
    /// principal, however many namespaces.
    #[must_use]
    pub fn bind(&self, principal: &str) -> bool {
        &**self.principal.get_or_init(|| principal.into()) == principal
    }

    /// Who it belongs to, if that was said.
    pub(crate) fn principal(&self) -> Option<&str> {
        self.principal.get().map(|principal| &**principal)
    }

    /// The query string, without the question mark.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The peer of the TCP connection.
    pub fn remote_addr(&self) -> SocketAddr {
        self.remote_addr
    }

    /// The transport that the connection opened with.
    pub fn transport(&self) -> TransportKind {
        self.transport
    }
}
