//! A TCP connection until it ends or becomes a WebSocket.

use super::http::route;
use crate::{
    server::OpenTransport,
    shard::{GOODBYE_MS, Shard},
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};
use tokio::{net::TcpStream, sync::Notify, time::timeout};

/// hyper's own least.
const MIN_BUFFER: usize = 8 * 1024;

/// The Engine.IO requests of one TCP connection.
#[derive(Default)]
struct Requests {
    seen: Cell<bool>,
    running: Cell<u32>,
    next: Notify,
}

/// One that is under way.
struct Running<'a>(&'a Requests);

impl Requests {
    fn begin(&self) -> Running<'_> {
        self.seen.set(true);
        self.running.set(self.running.get() + 1);
        self.next.notify_waiters();
        Running(self)
    }

    /// Until the next one has begun, if one is to be expected: a session of polling may be between two polls, and what
    /// is said last to it is the answer to the next.
    async fn between(&self) {
        if self.seen.get() && self.running.get() == 0 {
            let _ = timeout(Duration::from_millis(GOODBYE_MS), self.next.notified()).await;
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
    }
}

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
    let patience = Duration::from_millis(limits.handshake_ms);
    let requests = Requests::default();
    let service = service_fn(|request| {
        let running = shard.shared.endpoint(request.uri().path()).map(|_| requests.begin());
        let answer = route(shard.clone(), remote, request);
        async move {
            let _running = running;
            answer.await
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_buf_size(limits.handshake_header_bytes.max(MIN_BUFFER))
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut draining = shard.shared.draining();
    let leaving = async {
        let _ = draining.wait_for(|draining| *draining).await;
        requests.between().await;
    };
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = leaving => {
            connection.as_mut().graceful_shutdown();
            match timeout(patience, connection).await {
                Ok(ended) => ended,
                // A body without an end, or an answer that nobody reads.
                Err(_) => return shard.refuse("handshake_ms"),
            }
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
