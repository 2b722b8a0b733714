//! HTTP beside Socket.IO: health, REST, the documentation and the web app, on the router's own runtime.

use axum::{
    Router,
    body::Body,
    extract::State,
    response::IntoResponse,
    routing::{any, get},
};
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use protocol::{Error, ErrorCode};
use socketio::HttpBody;
use tower::ServiceExt;
use tower_http::{cors::CorsLayer, set_header::SetResponseHeaderLayer};

use crate::{Edge, assets, error::internal, openapi, rest::Refused};

/// What pages of ours may load: their own files, and the socket.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: https:; \
     style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Answers everything that is not Socket.IO. Requests arrive on the shards, which must not be kept; they are handed
/// to `runtime`, where the database and the rest live.
pub fn fallback(
    edge: Edge,
    runtime: tokio::runtime::Handle,
) -> impl Fn(Request<hyper::body::Incoming>) -> BoxFuture<'static, Response<HttpBody>> + Send + Sync + 'static
{
    let router = router(edge);
    move |request| {
        let answered = runtime.spawn(router.clone().oneshot(request.map(Body::new)));
        Box::pin(async move {
            let response = match answered.await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(error) => Refused(internal(&error)).into_response(),
            };
            response.map(|body| body.map_err(Into::into).boxed_unsync())
        })
    }
}

fn router(edge: Edge) -> Router {
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    let (api, document) = openapi::described().split_for_parts();
    Router::new()
        .merge(api)
        .merge(crate::demo::routes(&edge))
        .layer(cors(&edge))
        .merge(openapi::routes(document))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/api/{*rest}", any(unknown))
        .fallback(page)
        .layer(header("content-security-policy", CONTENT_SECURITY_POLICY))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .with_state(edge)
}

fn cors(edge: &Edge) -> CorsLayer {
    let origins = edge.settings.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(origins.collect::<Vec<_>>())
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .expose_headers([header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
}

async fn ready(State(edge): State<Edge>) -> Result<&'static str, Refused> {
    if edge.is_draining() {
        return Err(Refused(Error::new(ErrorCode::Draining, "this node is going away")));
    }
    edge.service.ready().await?;
    Ok("ready")
}

async fn unknown(uri: Uri) -> Refused {
    Refused(Error::new(ErrorCode::NotFound, format!("there is nothing at {}; see /api/docs", uri.path())))
}

async fn page(method: Method, uri: Uri) -> axum::response::Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    assets::serve(uri.path())
}
