use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use protocol::{Error, ErrorCode};
use service::chat::Actor;
use tokio::{runtime::Handle, task::JoinSet};

/// The limit `events_in_flight_per_socket`: how many of a socket's events may be under way at once, sends not counted
/// (those have `send_rate`, and their lane's queue).
pub(super) const EVENTS_IN_FLIGHT_PER_SOCKET: usize = 64;

/// When a client that passed it may try again.
const RETRY_AFTER_MS: u64 = 1_000;

/// A connected socket: whose it is, and what it asked for that is not answered yet.
pub(super) struct Session {
    pub(super) actor: Actor,
    /// Whether its client repairs itself when it is told to.
    pub(super) syncs: bool,
    /// There while something is under way; most sockets ask for nothing most of the time.
    in_flight: Mutex<Option<JoinSet<()>>>,
}

impl Session {
    pub(super) fn new(actor: Actor, syncs: bool) -> Self {
        Self { actor, syncs, in_flight: Mutex::default() }
    }

    /// Starts something that ends with the socket, unless too much is under way.
    pub(super) fn start(
        &self,
        runtime: &Handle,
        work: impl FnOnce() -> Box<dyn Future<Output = ()> + Send + Unpin>,
    ) -> Result<(), Error> {
        let mut in_flight = self.in_flight();
        let tasks = in_flight.get_or_insert_default();
        while tasks.try_join_next().is_some() {}
        if tasks.len() >= EVENTS_IN_FLIGHT_PER_SOCKET {
            let message = format!(
                "{EVENTS_IN_FLIGHT_PER_SOCKET} events of this socket are under way (events_in_flight_per_socket); \
                 wait for an answer"
            );
            return Err(Error {
                limit: Some(EVENTS_IN_FLIGHT_PER_SOCKET as u64),
                retry_after_ms: Some(RETRY_AFTER_MS),
                ..Error::new(ErrorCode::RateLimited, message)
            });
        }
        tasks.spawn_on(work(), runtime);
        Ok(())
    }

    /// The socket is gone: nobody waits for the answers.
    pub(super) fn end(&self) {
        self.in_flight().take();
    }

    fn in_flight(&self) -> MutexGuard<'_, Option<JoinSet<()>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use service::chat::{UserId, UserKey};

    use super::*;

    #[tokio::test]
    async fn so_much_is_under_way_and_it_ends_with_the_socket() {
        let session = Session::new(Actor { key: UserKey(1), id: UserId::from_stored("ada") }, false);
        let work = Arc::new(());
        let start = || {
            let work = work.clone();
            session.start(&Handle::current(), || {
                Box::new(Box::pin(async move {
                    let _work = work;
                    pending::<()>().await;
                }))
            })
        };
        for _ in 0..EVENTS_IN_FLIGHT_PER_SOCKET {
            start().unwrap();
        }
        let refused = start().unwrap_err();
        assert_eq!((refused.code, refused.retry_after_ms), (ErrorCode::RateLimited, Some(RETRY_AFTER_MS)));
        session.end();
        while Arc::strong_count(&work) > 1 {
            tokio::task::yield_now().await;
        }
        start().unwrap();
    }
}
