//! What the application says to HTTP requests: who may open a session, and which headers go out.

use crate::{
    client::{KEY, Poller, Ws, http},
    server::TestServer,
};
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderValue, StatusCode, header::SET_COOKIE};
use parlor_socketio::{Cookie, Denial, HttpHooks, HttpRequest};

const OPEN: &str = "GET /socket.io/?EIO=4&transport=polling";

struct Door;

impl HttpHooks for Door {
    fn allow<'a>(&'a self, request: &'a HttpRequest<'a>) -> BoxFuture<'a, Result<(), Denial>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            assert!(request.remote_addr.ip().is_loopback());
            match request.headers.get("x-door").map(HeaderValue::as_bytes) {
                Some(b"closed") => Err(Denial::forbidden("we are \"closed\"")),
                Some(b"later") => {
                    Err(Denial { status: StatusCode::SERVICE_UNAVAILABLE, code: 3, message: "later".into() })
                }
                Some(b"hang") => std::future::pending().await,
                _ => Ok(()),
            }
        })
    }

    fn initial_headers(&self, _: &HttpRequest<'_>, headers: &mut HeaderMap) {
        for cookie in ["a=1", "b=2"] {
            headers.append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
    }

    fn headers(&self, request: &HttpRequest<'_>, headers: &mut HeaderMap) {
        let sid = request.uri.query().is_some_and(|query| query.contains("sid="));
        headers.insert("x-session", HeaderValue::from_static(if sid { "old" } else { "new" }));
    }
}

fn server() -> TestServer {
    TestServer::build(
        |config| {
            config.cookie = Some(Cookie::new("io"));
            config.limits.handshake_ms = 500;
        },
        |builder| builder.http_hooks(Door),
    )
}

#[test]
fn a_refused_handshake_gets_status_and_message_and_leaves_nothing() {
    let server = server();
    let (status, head, body) = http(server.addr, OPEN, "X-Door: closed\r\n", "");
    assert_eq!((status, &*body), (403, r#"{"code":4,"message":"we are \"closed\""}"#));
    assert!(head.contains("x-session: new") && !head.contains("set-cookie"));
    assert_eq!(http(server.addr, OPEN, "X-Door: later\r\n", "").0, 503);
    for (door, status) in [("closed", 403), ("later", 503)] {
        assert_eq!(Ws::upgrade(server.addr, "", &format!("{KEY}X-Door: {door}\r\n")).err(), Some(status));
    }
    let stats = server.io().stats();
    assert_eq!((stats.refusals["http_hook"], stats.connections), (4, 0));
}

#[test]
fn a_hook_that_does_not_come_to_an_end_runs_out_of_time() {
    let server = server();
    assert_eq!(http(server.addr, OPEN, "X-Door: hang\r\n", "").0, 503);
    assert_eq!(server.io().stats().refusals["handshake_ms"], 1);
}

#[test]
fn the_first_response_has_its_headers_and_the_cookie() {
    let server = server();
    let (status, head, body) = http(server.addr, OPEN, "", "");
    let sid: serde_json::Value = serde_json::from_str(&body[1..]).unwrap();
    let cookie = format!("set-cookie: io={}; Path=/; HttpOnly; SameSite=Lax", sid["sid"].as_str().unwrap())
        .to_lowercase();
    assert_eq!(status, 200);
    for line in [&*cookie, "set-cookie: a=1", "set-cookie: b=2", "x-session: new"] {
        assert!(head.lines().any(|header| header == line), "{head}");
    }
    let poller = Poller::open(server.addr);
    let (status, head, _) = http(server.addr, &format!("POST {}", poller.path()), "", "40");
    assert_eq!((status, head.contains("x-session: old"), head.contains("set-cookie")), (200, true, false));
    assert!(Ws::upgrade(server.addr, "", KEY).is_ok());
}
