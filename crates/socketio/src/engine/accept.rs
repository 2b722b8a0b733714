//! A TCP connection until it ends or becomes a WebSocket.

use super::http::route;
use crate::{server::OpenTransport, shard::Shard};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{net::SocketAddr, rc::Rc, time::Duration};
use tokio::net::TcpStream;

/// hyper's own least.
const MIN_BUFFER: usize = 8 * 1024;

pub(crate) fn accept(shard: &Rc<Shard>, stream: std::net::TcpStream, remote: SocketAddr) {
    let stream = match TcpStream::from_std(stream) {
        Ok(stream) => stream,
        Err(error) => return tracing::warn!(%error, "a connection cannot be registered"),
    };
    let open = OpenTransport::new(&shard.shared);
    tokio::task::spawn_local(serve(shard.clone(), stream, remote, open));
}

async fn serve(shard: Rc<Shard>, stream: TcpStream, remote: SocketAddr, open: OpenTransport) {
    let limits = &shard.shared.config.limits;
    let service = service_fn(|request| route(shard.clone(), remote, request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.handshake_ms))
        .max_buf_size(limits.handshake_header_bytes.max(MIN_BUFFER))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut draining = shard.shared.draining();
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = draining.wait_for(|draining| *draining) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        if error.is_timeout() {
            shard.refuse("handshake_ms");
        } else if error.is_parse_too_large() {
            shard.refuse("handshake_header_bytes");
        } else if error.is_parse() {
            shard.refuse("malformed_request");
        }
        tracing::debug!(%error, %remote, "connection ended");
    }
    drop(open);
}
