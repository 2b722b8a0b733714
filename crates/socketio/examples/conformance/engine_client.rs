//! What the tests of the official Engine.IO client expect.

use futures_util::future::BoxFuture;
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use parlor_socketio::{
    Config, Denial, EngineConnection, EngineHandler, EngineMessage, HttpHooks, HttpRequest, Limits, Server,
};
use serde_json::json;
use std::time::Duration;

pub(crate) fn server() -> Server {
    let config = Config {
        ping_interval: Duration::from_millis(500),
        limits: Limits { max_payload_bytes: 100, ..Limits::default() },
        ..Config::default()
    };
    Server::builder(config).engine("/engine.io/", Talker).http_hooks(Door).build()
}

/// `?deny` keeps a client out; who comes in gets cookies, of which two live.
struct Door;

impl HttpHooks for Door {
    fn allow<'a>(&'a self, request: &'a HttpRequest<'a>) -> BoxFuture<'a, Result<(), Denial>> {
        let query = request.uri.query().unwrap_or_default();
        let denied = query.split('&').any(|pair| pair.split('=').next() == Some("deny"));
        let decision = if denied { Err(Denial::forbidden("Forbidden")) } else { Ok(()) };
        Box::pin(std::future::ready(decision))
    }

    fn initial_headers(&self, _: &HttpRequest<'_>, headers: &mut HeaderMap) {
        let cookies = [
            "1=1; Max-Age=86400",
            "2=2; Path=/; HttpOnly; Secure; SameSite=Strict",
            "3=3; Max-Age=0",
            "4=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ];
        for cookie in cookies {
            headers.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
    }
}

/// Says hi, answers three requests and echoes the rest.
struct Talker;

impl EngineHandler for Talker {
    fn opened(&self, connection: &EngineConnection<'_>) {
        connection.send(EngineMessage::Text("hi"));
    }

    fn message(&self, connection: &EngineConnection<'_>, message: EngineMessage<'_>) {
        match message {
            EngineMessage::Text("give binary") => connection.send(EngineMessage::Binary(&[0, 1, 2, 3, 4])),
            EngineMessage::Text("give utf8") => {
                connection.send(EngineMessage::Text("пойду спать всем спокойной ночи"));
            }
            EngineMessage::Text("sendHeaders") => {
                let headers = match connection.post_header(&COOKIE) {
                    Some(cookie) => json!({ "cookie": cookie }),
                    None => json!({}),
                };
                connection.send(EngineMessage::Text(&headers.to_string()));
            }
            message => connection.send(message),
        }
    }
}
