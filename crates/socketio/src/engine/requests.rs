//! The four requests of Engine.IO: open, poll, post, WebSocket.

use super::{
    EngineConnection,
    body::{Unread, read},
    http::{Context, body, busy, respond},
    polling::{Polling, Posted, Reply},
    session::Session,
    websocket,
};
use crate::{
    DisconnectReason, Frame, Handshake, HttpBody, HttpRequest, TransportKind,
    codec::{
        engine,
        websocket::{accept_key, is_valid_key},
    },
    conn::{Conn, Seats, Upper},
    hooks::set_cookie,
    random::{Sid, parse_sid},
    server::{OpenTransport, Shared},
    shard::{Message, Shard},
    socket::client::Client,
    stream::{self, Stream},
    timers::NEVER,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version,
    header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
};
use hyper::{
    body::{Body, Incoming},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use std::{rc::Rc, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::oneshot, time::timeout};

/// GET without a sid.
pub(super) async fn open(context: &Context<'_>, request: &Request<Incoming>) -> Response<HttpBody> {
    let shard = &context.shard;
    let entry = match admitted(context, request.headers(), TransportKind::Polling) {
        Ok(entry) => entry,
        Err(refusal) => return *refusal,
    };
    if let Err(refusal) = ask_hook(context, request).await {
        return respond(refusal);
    }
    if *shard.shared.draining().borrow() {
        return busy(shard, "draining");
    }
    let Ok(sid) = shard.random.borrow_mut().sid(shard.index) else { return respond(Reply::bad_request()) };
    let polling = Box::new(Polling {
        sid,
        credentials: context.credentials,
        waiting: None,
        held: None,
        rest: None,
        post_headers: None,
    });
    let conn = new_conn(context, entry, Some(polling));
    shard.sids.borrow_mut().insert(sid, conn.clone());
    shard.admit(&conn);
    opened(shard, &conn);
    let mut response = respond(Reply::ok(open_packet(&shard.shared, &sid, true).into_bytes()));
    if let Some((name, value)) =
        shard.shared.config.cookie.as_ref().and_then(|cookie| set_cookie(cookie, &sid))
    {
        response.headers_mut().append(name, value);
    }
    response
}

/// Whether the application lets this session be opened.
async fn ask_hook<B>(context: &Context<'_>, request: &Request<B>) -> Result<(), Reply> {
    let shard = &context.shard;
    let Some(hooks) = &shard.shared.hooks else { return Ok(()) };
    let seen = HttpRequest { uri: request.uri(), headers: request.headers(), remote_addr: context.remote };
    let patience = Duration::from_millis(shard.shared.config.limits.handshake_ms);
    match timeout(patience, hooks.allow(&seen)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(denial)) => {
            shard.refuse("http_hook");
            Err(Reply::error(denial.status, denial.code, &denial.message))
        }
        Err(_) => {
            shard.refuse("handshake_ms");
            Err(Reply::error(StatusCode::SERVICE_UNAVAILABLE, 3, "Handshake timeout"))
        }
    }
}

/// What a request needs for a connection, or the answer that refuses it.
fn admitted(
    context: &Context<'_>,
    headers: &HeaderMap,
    transport: TransportKind,
) -> Result<(Handshake, Seats), Box<Response<HttpBody>>> {
    let (shard, config) = (&context.shard, &context.shard.shared.config);
    if *shard.shared.draining().borrow() {
        return Err(Box::new(busy(shard, "draining")));
    }
    let Some(handshake) = Handshake::new(headers, config, &context.query, context.remote, transport) else {
        shard.refuse("handshake_kept_bytes");
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return Err(Box::new(respond(Reply::error(status, 3, "handshake_kept_bytes is passed"))));
    };
    let is_raw = context.endpoint.engine.is_some();
    let seats = shard.seats(is_raw).map_err(|limit| Box::new(busy(shard, limit)))?;
    Ok((handshake, seats))
}

fn new_conn(
    context: &Context<'_>,
    (handshake, seats): (Handshake, Seats),
    polling: Option<Box<Polling>>,
) -> Rc<Conn> {
    let (now, shared) = (context.shard.now(), &context.shard.shared);
    let (upper, admission) = match &context.endpoint.engine {
        Some(handler) => (Upper::Raw(handler.clone()), NEVER),
        None => (Upper::SocketIo(Client::default()), now + shared.config.limits.connect_timeout_ms),
    };
    let session = Session::open(now, polling.is_none(), admission, shared.timings);
    Conn::new(seats, session, upper, Arc::new(handshake), polling)
}

fn open_packet(shared: &Shared, sid: &Sid, upgrades: bool) -> String {
    let config = &shared.config;
    let sid = str::from_utf8(sid).unwrap_or_default();
    let (interval, timeout) = (config.ping_interval.as_millis(), config.ping_timeout.as_millis());
    engine::open(sid, upgrades, interval, timeout, config.limits.max_payload_bytes)
}

fn opened(shard: &Rc<Shard>, conn: &Rc<Conn>) {
    if let Upper::Raw(handler) = &conn.upper
        && let Err(reason) = shard.guarded(|| handler.opened(&EngineConnection::new(shard, conn)))
    {
        shard.close(conn, reason);
    }
}

/// Asks the shard that owns a session, and waits for its answer.
async fn ask(
    context: &Context<'_>,
    sid: &str,
    message: impl FnOnce(Sid, oneshot::Sender<Reply>) -> Message,
) -> Result<(Sid, usize, Reply), Reply> {
    let shared = &context.shard.shared;
    let (sid, owner) = parse_sid(sid).filter(|(_, owner)| *owner < shared.shards()).ok_or_else(|| {
        context.shard.refuse("unknown_sid");
        Reply::unknown_sid()
    })?;
    let (reply, answer) = oneshot::channel();
    shared.send(owner, message(sid, reply));
    match answer.await {
        Ok(reply) if reply.status.is_success() => Ok((sid, owner, reply)),
        Ok(refusal) => {
            context.shard.refuse("refused_request");
            Err(refusal)
        }
        Err(_) => Err(Reply::bad_request()),
    }
}

/// Tells the owner if the request ends before its answer: the client went away.
struct Abandoned<'a> {
    shared: &'a Shared,
    message: Option<(usize, Message)>,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if let Some((owner, message)) = self.message.take() {
            self.shared.send(owner, message);
        }
    }
}

/// GET with a sid.
pub(super) async fn poll(context: &Context<'_>, sid: &str) -> Response<HttpBody> {
    let message = parse_sid(sid)
        .filter(|(_, owner)| *owner < context.shard.shared.shards())
        .map(|(sid, owner)| (owner, Message::PollAborted(sid)));
    let mut abandoned = Abandoned { shared: &context.shard.shared, message };
    let credentials = context.credentials;
    let answer = ask(context, sid, |sid, reply| Message::Poll(sid, credentials, reply)).await;
    abandoned.message = None;
    respond(answer.map_or_else(|refusal| refusal, |(_, _, reply)| reply))
}

/// POST with a sid.
pub(super) async fn post(context: &Context<'_>, sid: &str, request: Request<Incoming>) -> Response<HttpBody> {
    let credentials = context.credentials;
    let patience = Duration::from_millis(context.shard.shared.config.limits.handshake_ms);
    let begun =
        timeout(patience, ask(context, sid, |sid, reply| Message::PostBegin(sid, credentials, reply)));
    let (sid, owner) = match begun.await {
        Ok(Ok((sid, owner, _))) => (sid, owner),
        Ok(Err(refusal)) => return respond(refusal),
        Err(_) => {
            // It was held, since what waits for the client was not fetched.
            if let Some((sid, owner)) = parse_sid(sid) {
                let end = Message::PostEnd(sid, None, oneshot::channel().0);
                context.shard.shared.send(owner, end);
            }
            return too_slow(context);
        }
    };
    let shared = &context.shard.shared;
    let (reply, answer) = oneshot::channel();
    let mut abandoned =
        Abandoned { shared, message: Some((owner, Message::PostEnd(sid, None, oneshot::channel().0))) };
    let limits = &shared.config.limits;
    let (head, body) = request.into_parts();
    let headers = context.endpoint.engine.as_ref().map(|_| Box::new(head.headers));
    let body = read(body, limits.max_payload_bytes);
    match timeout(patience, body).await {
        Ok(Ok(body)) => {
            abandoned.message = None;
            let posted = Posted { body: body.into(), headers };
            shared.send(owner, Message::PostEnd(sid, Some(posted), reply));
            respond(answer.await.unwrap_or_else(|_| Reply::bad_request()))
        }
        Ok(Err(Unread::TooLarge)) => {
            context.shard.refuse("max_payload_bytes");
            respond(Reply { status: StatusCode::PAYLOAD_TOO_LARGE, body: Vec::new() })
        }
        Ok(Err(Unread::Failed)) => respond(Reply::bad_request()),
        Err(_) => too_slow(context),
    }
}

fn too_slow(context: &Context<'_>) -> Response<HttpBody> {
    context.shard.refuse("handshake_ms");
    respond(Reply::error(StatusCode::REQUEST_TIMEOUT, 3, "Request timeout"))
}

/// GET that asks for a WebSocket, for a new session or an old one.
pub(super) async fn websocket(
    context: Context<'_>,
    sid: Option<&str>,
    mut request: Request<Incoming>,
) -> Response<HttpBody> {
    // Older versions have no upgrade, and what follows a body would be taken for frames.
    let upgradable = request.version() >= Version::HTTP_11 && request.body().is_end_stream();
    let Some(accept) = accept_header(request.headers()).filter(|_| upgradable) else {
        context.shard.refuse("bad_handshake");
        return respond(Reply::bad_request());
    };
    let shard = &context.shard;
    let upgrade = hyper::upgrade::on(&mut request);
    let open = OpenTransport::new(&shard.shared);
    if let Some(sid) = sid {
        let credentials = context.credentials;
        match ask(&context, sid, |sid, reply| Message::ProbeCheck(sid, credentials, reply)).await {
            Ok((sid, owner, _)) => {
                tokio::task::spawn_local(hand_over(shard.clone(), sid, owner, upgrade, open));
            }
            Err(refusal) => return respond(refusal),
        }
    } else {
        let entry = match admitted(&context, request.headers(), TransportKind::WebSocket) {
            Ok(entry) => entry,
            Err(refusal) => return *refusal,
        };
        if let Err(refusal) = ask_hook(&context, &request).await {
            return respond(refusal);
        }
        let conn = new_conn(&context, entry, None);
        tokio::task::spawn_local(start(shard.clone(), conn, upgrade, open));
    }
    let mut response = Response::new(body(Vec::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// `Sec-WebSocket-Accept`, if the request is a proper handshake.
fn accept_header(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name: &HeaderName, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    let mut keys = headers.get_all(SEC_WEBSOCKET_KEY).iter();
    let (key, None) = (keys.next()?, keys.next()) else { return None };
    let mut versions = headers.get_all(SEC_WEBSOCKET_VERSION).iter();
    let (version, None) = (versions.next()?, versions.next()) else { return None };
    let good = has(&UPGRADE, "websocket")
        && has(&CONNECTION, "upgrade")
        && version == "13"
        && is_valid_key(key.as_bytes());
    if good { HeaderValue::from_str(&accept_key(key.as_bytes())).ok() } else { None }
}

/// Takes hyper apart: the bare stream and what hyper read beyond the request. Its buffers go.
async fn bare(upgrade: OnUpgrade) -> Option<(TcpStream, Vec<u8>)> {
    let parts = upgrade.await.ok()?.downcast::<TokioIo<TcpStream>>().ok()?;
    Some((parts.io.into_inner(), parts.read_buf.to_vec()))
}

async fn start(shard: Rc<Shard>, conn: Rc<Conn>, upgrade: OnUpgrade, open: OpenTransport) {
    if let Some((stream, leftover)) = bare(upgrade).await {
        begin(&shard, conn, stream::of_tcp(stream), leftover);
    }
    drop(open);
}

/// The connection has its WebSocket. `leftover` is what was read of it already.
pub(crate) fn begin(shard: &Rc<Shard>, conn: Rc<Conn>, stream: Stream, leftover: Vec<u8>) {
    let Ok(sid) = shard.random.borrow_mut().sid(shard.index) else { return };
    let _ = conn.stream.set(stream);
    shard.admit(&conn);
    shard.send(&conn, &Frame::engine_text(&open_packet(&shard.shared, &sid, false)), false);
    opened(shard, &conn);
    if *shard.shared.draining().borrow() {
        shard.close(&conn, DisconnectReason::Closed("draining"));
    }
    websocket::serve(shard.clone(), conn, leftover);
}

async fn hand_over(shard: Rc<Shard>, sid: Sid, owner: usize, upgrade: OnUpgrade, open: OpenTransport) {
    let Some((stream, leftover)) = bare(upgrade).await else { return };
    if let Ok(stream) = stream.into_std() {
        shard.shared.send(owner, Message::Probe(sid, stream, leftover));
    }
    drop(open);
}
