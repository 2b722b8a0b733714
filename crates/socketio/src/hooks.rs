use crate::{Cookie, random::Sid};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header::SET_COOKIE};
use std::net::SocketAddr;

/// What an application may say to the HTTP requests of Engine.IO. Called on a shard; see
/// [`Builder::http_hooks`](crate::Builder::http_hooks).
pub trait HttpHooks: Send + Sync + 'static {
    /// Whether a session may be opened, over either transport. Runs after the origin check and the admission limits and
    /// before anything is kept. May await, for `handshake_ms` at most; dropped when the client goes away first.
    fn allow<'a>(&'a self, request: &'a HttpRequest<'a>) -> BoxFuture<'a, Result<(), Denial>> {
        let _ = request;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Adds headers to the response that opens a session, over either transport.
    fn initial_headers(&self, request: &HttpRequest<'_>, headers: &mut HeaderMap) {
        let _ = (request, headers);
    }

    /// Adds headers to every response, refusals included: the opening, polls, posts and WebSocket handshakes.
    fn headers(&self, request: &HttpRequest<'_>, headers: &mut HeaderMap) {
        let _ = (request, headers);
    }
}

/// A request for Engine.IO, whatever its method.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct HttpRequest<'a> {
    /// Path and query, as in the request line.
    pub uri: &'a Uri,
    /// All of its headers.
    pub headers: &'a HeaderMap,
    /// The peer of the TCP connection.
    pub remote_addr: SocketAddr,
}

/// Why no session is opened. The answer has the body `{"code":…,"message":…}`, and `http_hook` is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The status of the response.
    pub status: StatusCode,
    /// Official clients find it in `error.context`; 4 is Engine.IO's "forbidden".
    pub code: u8,
    /// The same.
    pub message: String,
}

impl Denial {
    /// Status 403 and code 4.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, code: 4, message: message.into() }
    }
}

/// The header that an application wants on the opening of this session.
pub(crate) fn set_cookie(cookie: &Cookie, sid: &Sid) -> Option<(http::HeaderName, HeaderValue)> {
    let value = cookie.header(str::from_utf8(sid).ok()?);
    Some((SET_COOKIE, HeaderValue::from_str(&value).ok()?))
}

/// Adds to what is there already.
pub(crate) fn append(to: &mut HeaderMap, from: HeaderMap) {
    let mut last = None;
    for (name, value) in from {
        // A name is given once for all its values.
        last = name.or(last);
        if let Some(name) = &last {
            to.append(name.clone(), value);
        }
    }
}
