use crate::Config;
use http::{
    HeaderMap,
    header::{COOKIE, HeaderName},
};
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
    /// Copies: a retained header would pin the whole read buffer of its request. `None` when that is more than
    /// `handshake_kept_bytes`.
    pub(crate) fn new(
        headers: &HeaderMap,
        config: &Config,
        query: &str,
        remote_addr: SocketAddr,
        transport: TransportKind,
    ) -> Option<Self> {
        let mut kept = Vec::new();
        for name in &config.kept_headers {
            for value in headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
                match &config.kept_cookies {
                    Some(names) if name == COOKIE => {
                        let cookies = only(value, names);
                        if !cookies.is_empty() {
                            kept.push((name.clone(), cookies.into()));
                        }
                    }
                    _ => kept.push((name.clone(), value.into())),
                }
            }
        }
        let bytes = query.len() + kept.iter().map(|(_, value): &(_, Box<str>)| value.len()).sum::<usize>();
        (bytes <= config.limits.handshake_kept_bytes).then(|| Self {
            headers: kept.into(),
            query: query.into(),
            remote_addr,
            transport,
            principal: OnceLock::new(),
        })
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

    /// The parameters of the query string, decoded. What is no UTF-8 is replaced by U+FFFD.
    pub fn query_pairs(&self) -> impl Iterator<Item = (String, String)> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
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

/// `+` and `%XX` as forms write them; anything else stands for itself.
fn decode(text: &str) -> String {
    let (bytes, mut decoded, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = || {
            let (high, low) = (*bytes.get(at + 1)?, *bytes.get(at + 2)?);
            Some(char::from(high).to_digit(16)? << 4 | char::from(low).to_digit(16)?)
        };
        match (byte, escaped()) {
            (b'%', Some(value)) => {
                decoded.push(value as u8);
                at += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(byte),
        }
        at += 1;
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The cookies of a header (RFC 6265, section 4.2.1) that bear one of these names.
fn only(cookies: &str, names: &[String]) -> String {
    let is_named = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        names.iter().any(|kept| kept == name.trim())
    };
    cookies.split(';').map(str::trim).filter(is_named).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded() {
        let query = "EIO=4&%26a=%26%3d%3Fa&b=c+d&flag&&%zz=%4&e=%c3%a4&bad=%ff";
        let remote = SocketAddr::from(([127, 0, 0, 1], 1));
        let handshake =
            Handshake::new(&HeaderMap::new(), &Config::default(), query, remote, TransportKind::Polling)
                .unwrap();
        let pairs: Vec<_> = handshake.query_pairs().map(|(name, value)| format!("{name}:{value}")).collect();
        assert_eq!(pairs, ["EIO:4", "&a:&=?a", "b:c d", "flag:", "%zz:%4", "e:ä", "bad:\u{fffd}"]);
    }

    #[test]
    fn only_named_cookies_are_kept() {
        let names = ["auth_token".to_owned(), "b".to_owned()];
        assert_eq!(only("a=1; auth_token=x=y;b=2;  c; xb=3", &names), "auth_token=x=y; b=2");
        assert_eq!(only("a=1", &names), "");
    }
}
