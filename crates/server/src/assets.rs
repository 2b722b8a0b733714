//! The web app, embedded where it was built before the server was.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../packages/web/dist"]
#[allow_missing = true]
struct Bundle;

const INDEX: &str = "index.html";

/// What is shown where the server was built without the web app.
const NO_BUNDLE: &str = "<!doctype html><meta charset=utf-8><title>Parlor</title>\
<body style='font:16px/1.5 system-ui;max-width:36rem;margin:15vh auto;padding:0 1rem'>\
<h1>Parlor is running</h1><p>This binary was built without the web app. <code>make run</code> builds both; \
to add it to your own build, run <code>npm ci &amp;&amp; npm run build</code> before <code>cargo build</code>.</p>\
<p>The API is described at <a href='/api/docs/'>/api/docs</a>.</p>";

/// Was the web app embedded?
#[must_use]
pub fn bundle_is_embedded() -> bool {
    Bundle::get(INDEX).is_some()
}

/// A file of the web app; for what is none, its page, which finds its own way.
pub(crate) fn serve(path: &str) -> Response {
    let path = path.trim_start_matches('/');
    if let Some(file) = Bundle::get(path).filter(|_| !path.is_empty()) {
        // The names of built files change with their content.
        let forever = path.starts_with("assets/");
        return respond(
            path,
            file.data,
            if forever { "public, max-age=31536000, immutable" } else { "no-cache" },
        );
    }
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Bundle::get(INDEX) {
        Some(page) => respond(INDEX, page.data, "no-cache"),
        None => respond(INDEX, NO_BUNDLE.as_bytes().into(), "no-cache"),
    }
}

fn respond(name: &str, data: std::borrow::Cow<'static, [u8]>, caching: &'static str) -> Response {
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let mut response = Response::new(Body::from(data.into_owned()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}
