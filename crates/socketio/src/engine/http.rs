//! HTTP requests: which are Engine.IO's, and what each asks for.

use super::{
    origin::{self, Verdict},
    polling::{Credentials, Reply},
    query, requests,
};
use crate::{Config, HttpBody, HttpRequest, TransportKind, hooks::append, server::Endpoint, shard::Shard};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    hash::{BuildHasher, RandomState},
    net::SocketAddr,
    rc::Rc,
    sync::LazyLock,
};

/// An Engine.IO request on its way.
pub(super) struct Context<'a> {
    pub(super) shard: Rc<Shard>,
    pub(super) endpoint: &'a Endpoint,
    pub(super) remote: SocketAddr,
    pub(super) credentials: Credentials,
    pub(super) query: String,
}

pub(super) async fn route(
    shard: Rc<Shard>,
    remote: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<HttpBody>, Infallible> {
    let shared = shard.shared.clone();
    let Some(endpoint) = shared.endpoint(request.uri().path()) else {
        return Ok((shared.fallback)(request).await);
    };
    let cors = &shared.config.cors;
    let verdict = origin::judge(request.headers(), cors);
    let (mut headers, mut initial) = (HeaderMap::new(), HeaderMap::new());
    let preflight = request.method() == Method::OPTIONS;
    origin::allow(&verdict, cors, request.headers(), preflight, &mut headers);
    if let Some(hooks) = &shared.hooks {
        let seen = HttpRequest { uri: request.uri(), headers: request.headers(), remote_addr: remote };
        hooks.headers(&seen, &mut headers);
        if !preflight && !query::names_session(request.uri().query().unwrap_or_default()) {
            hooks.initial_headers(&seen, &mut initial);
        }
    }
    let mut response = if verdict == Verdict::Refused {
        shard.refuse("foreign_origin");
        respond(Reply::error(StatusCode::FORBIDDEN, 4, "Forbidden"))
    } else if preflight {
        respond(Reply { status: StatusCode::NO_CONTENT, body: Vec::new() })
    } else {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let credentials = credentials(request.headers(), &shared.config);
        let context = Context { shard, endpoint, remote, credentials, query };
        dispatch(context, request).await
    };
    append(response.headers_mut(), headers);
    if response.status().is_success() || response.status() == StatusCode::SWITCHING_PROTOCOLS {
        append(response.headers_mut(), initial);
    }
    Ok(response)
}

async fn dispatch(context: Context<'_>, request: Request<Incoming>) -> Response<HttpBody> {
    let text = context.query.clone();
    let query = match query::parse(&text) {
        Ok(query) => query,
        Err(refusal) => {
            context.shard.refuse("bad_handshake");
            return respond(refusal);
        }
    };
    match (query.transport, query.sid, request.method()) {
        (TransportKind::WebSocket, sid, &Method::GET) => requests::websocket(context, sid, request).await,
        (TransportKind::WebSocket, ..) => bad_method(&context),
        (TransportKind::Polling, None, &Method::GET) => requests::open(&context, &request).await,
        (TransportKind::Polling, Some(sid), &Method::GET) => requests::poll(&context, sid).await,
        (TransportKind::Polling, Some(sid), &Method::POST) => requests::post(&context, sid, request).await,
        (TransportKind::Polling, ..) => bad_method(&context),
    }
}

fn bad_method(context: &Context<'_>) -> Response<HttpBody> {
    context.shard.refuse("bad_handshake");
    respond(Reply::error(StatusCode::BAD_REQUEST, 2, "Bad handshake method"))
}

pub(super) fn respond(reply: Reply) -> Response<HttpBody> {
    let mut response = Response::new(body(reply.body));
    *response.status_mut() = reply.status;
    let kind = if reply.status.is_success() { "text/plain; charset=UTF-8" } else { "application/json" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A limit leaves no room for a new connection; official clients back off by themselves.
pub(super) fn busy(shard: &Shard, limit: &'static str) -> Response<HttpBody> {
    shard.refuse(limit);
    let mut response =
        respond(Reply::error(StatusCode::SERVICE_UNAVAILABLE, 3, &format!("{limit} is passed")));
    let seconds = 1 + shard.random.borrow_mut().below(5);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

pub(super) fn body(bytes: Vec<u8>) -> HttpBody {
    Full::new(Bytes::from(bytes)).map_err(|never| match never {}).boxed_unsync()
}

static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

fn credentials(headers: &HeaderMap, config: &Config) -> Credentials {
    config.credential.of(headers).map(|credential| KEYS.hash_one(credential))
}
