use crate::{Cookie, Limits};
use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE, HeaderName, ORIGIN},
};
use std::{fmt, sync::Arc, time::Duration};

/// How a server behaves. The defaults are Node's, with the limits of [`Limits`].
#[derive(Debug, Clone)]
pub struct Config {
    /// Where Engine.IO is served; every other path goes to the fallback. Default `/socket.io/`.
    pub path: String,
    /// Threads, each with its own connections. Default: one per core that the process may use.
    pub shards: usize,
    /// Request headers that a [`Handshake`](crate::Handshake) keeps. Default `authorization`, `cookie`, `origin`.
    pub kept_headers: Vec<HeaderName>,
    /// Of a kept `cookie` header, the cookies by these names only; `None` keeps them all.
    pub kept_cookies: Option<Vec<String>>,
    /// What in a request says who asks. A polling session refuses a request that brings another one than the request
    /// that opened it.
    pub credential: Credential,
    /// Which other origins may connect from a browser. Default none.
    pub cors: Cors,
    /// A cookie with the session id, for proxies. Default none.
    pub cookie: Option<Cookie>,
    /// From the opening, or the last pong, to the next ping. Default 25 s.
    pub ping_interval: Duration,
    /// How long the pong may take. Default 20 s.
    pub ping_timeout: Duration,
    /// Whether clients that were cut off may take their session up again: those whose [`Accept`](crate::Accept) says
    /// so get an offset with every event. Default no.
    pub recovery: bool,
    /// How long an upgrade may take from the probe on. Default 10 s.
    pub upgrade_timeout: Duration,
    /// Everything that has a limit.
    pub limits: Limits,
}

/// Cross-origin access. Requests of the server's own origin, and without an `Origin`, always pass.
#[derive(Debug, Clone, Default)]
pub struct Cors {
    /// Origins as browsers send them, such as `https://app.example.com`.
    pub origins: Vec<String>,
    /// Whether those may send cookies.
    pub credentials: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/socket.io/".to_owned(),
            shards: std::thread::available_parallelism().map_or(1, usize::from),
            kept_headers: vec![AUTHORIZATION, COOKIE, ORIGIN],
            kept_cookies: None,
            credential: Credential::default(),
            cors: Cors::default(),
            cookie: None,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            recovery: false,
            upgrade_timeout: Duration::from_secs(10),
            limits: Limits::default(),
        }
    }
}

/// Finds what says who asks among a request's headers.
#[derive(Clone)]
pub struct Credential(Arc<Find>);

type Find = dyn Fn(&HeaderMap) -> Option<String> + Send + Sync;

impl Credential {
    /// Found by this function; `None` where a request brings none.
    pub fn new(find: impl Fn(&HeaderMap) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<String> {
        (self.0)(headers)
    }
}

impl Default for Credential {
    /// The `Authorization` header.
    fn default() -> Self {
        Self::new(|headers| Some(headers.get(AUTHORIZATION)?.to_str().ok()?.to_owned()))
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Credential(..)")
    }
}
