use std::time::Duration;

use service::realtime::canonical;
use socketio::Server;

/// How long clients are asked to wait before they come back, at most: each picks a moment within it, so that they do
/// not come all at once.
const RECONNECT_WITHIN_MS: u64 = 5_000;

/// Tells clients that the node goes away, then closes their transports (not their namespaces: official clients come
/// back by themselves after the one and not after the other).
pub(crate) async fn drain(server: &Server, grace: Duration) {
    let mut goodbye = Vec::new();
    for namespace in server::NAMESPACES {
        match canonical::draining(namespace, RECONNECT_WITHIN_MS) {
            Ok(frame) => goodbye.push((namespace, frame)),
            Err(error) => tracing::error!(%error, "the drain could not be announced"),
        }
    }
    server.drain(&goodbye, grace).await;
}
