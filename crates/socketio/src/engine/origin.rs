//! Who may come from a browser, and the headers that tell it so.

use crate::Cors;
use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, COOKIE, HOST, ORIGIN, VARY,
    },
};

/// What an `Origin` header means for a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// None, or our own.
    Same,
    /// Another one that is configured.
    Allowed(HeaderValue),
    /// Another one without cookies: served, but a browser will not show it the answer.
    Foreign,
    /// Another one with cookies: somebody else's page in the user's browser.
    Refused,
}

pub(super) fn judge(headers: &HeaderMap, cors: &Cors) -> Verdict {
    let Some(origin) = headers.get(ORIGIN) else { return Verdict::Same };
    let foreign = || if headers.contains_key(COOKIE) { Verdict::Refused } else { Verdict::Foreign };
    if headers.get_all(ORIGIN).iter().count() > 1 {
        // No browser says two; which of them others go by is anybody's guess.
        return foreign();
    }
    if cors.origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()) {
        return Verdict::Allowed(origin.clone());
    }
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, rest)| rest);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match (authority, host) {
        (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host) => Verdict::Same,
        _ => foreign(),
    }
}

/// Headers of an answer; for a preflight also what may be sent.
pub(super) fn allow(
    verdict: &Verdict,
    cors: &Cors,
    request: &HeaderMap,
    preflight: bool,
    out: &mut HeaderMap,
) {
    let Verdict::Allowed(origin) = verdict else { return };
    out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    out.insert(VARY, HeaderValue::from_static("origin"));
    if cors.credentials {
        out.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if preflight {
        out.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        if let Some(asked) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            out.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(origin: &str, cookie: bool) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("chat.example:8080"));
        headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        if cookie {
            headers.insert(COOKIE, HeaderValue::from_static("a=b"));
        }
        judge(&headers, &Cors { origins: vec!["https://app.example".into()], credentials: true })
    }

    #[test]
    fn origins() {
        assert_eq!(judge(&HeaderMap::new(), &Cors::default()), Verdict::Same);
        assert_eq!(verdict("http://chat.example:8080", true), Verdict::Same);
        assert!(matches!(verdict("https://app.example", true), Verdict::Allowed(_)));
        let foreign = [
            "https://app.example.evil",
            "https://evil",
            "null",
            "http://app.example",
            "https://chat.example",
        ];
        for foreign in foreign {
            assert_eq!(verdict(foreign, true), Verdict::Refused, "{foreign}");
            assert_eq!(verdict(foreign, false), Verdict::Foreign, "{foreign}");
        }
    }
}
