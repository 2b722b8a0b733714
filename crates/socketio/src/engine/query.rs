//! The query string of an Engine.IO request.

use super::polling::Reply;
use crate::TransportKind;
use http::StatusCode;

pub(super) struct Query<'a> {
    pub(super) transport: TransportKind,
    pub(super) sid: Option<&'a str>,
}

/// Whether a request belongs to a session that is open.
pub(super) fn names_session(query: &str) -> bool {
    query.split('&').any(|pair| pair.starts_with("sid="))
}

/// Refuses in the order, and with the codes, that Node has.
pub(super) fn parse(query: &str) -> Result<Query<'_>, Reply> {
    let value = |name: &str| {
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        })
    };
    let transport = match value("transport") {
        Some("polling") => TransportKind::Polling,
        Some("websocket") => TransportKind::WebSocket,
        _ => return Err(Reply::error(StatusCode::BAD_REQUEST, 0, "Transport unknown")),
    };
    if value("EIO") != Some("4") {
        return Err(Reply::error(StatusCode::BAD_REQUEST, 5, "Unsupported protocol version"));
    }
    Ok(Query { transport, sid: value("sid") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_transports() {
        let query = parse("EIO=4&transport=polling&t=x&sid=abc").unwrap_or_else(|_| panic!());
        assert_eq!((query.transport, query.sid), (TransportKind::Polling, Some("abc")));
        for bad in ["", "EIO=4", "transport=polling", "EIO=3&transport=polling", "EIO=4&transport=abc"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
