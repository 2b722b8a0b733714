//! Socket.IO: the canonical vocabulary, one module per feature. Each use case takes and gives types of `protocol`,
//! so REST asks the same functions.

pub(crate) mod conversations;
mod gate;
pub(crate) mod messages;
pub(crate) mod receipts;
pub(crate) mod sync;

pub use gate::Gate;
use protocol::{Ack, Error, ErrorCode, events};
use serde::{Serialize, de::DeserializeOwned};
use service::chat::Actor;
use socketio::{Acker, Event};

use crate::{Edge, error::from_malformed};

/// Where the canonical vocabulary is spoken.
pub const NAMESPACES: [&str; 2] = ["/", "/parlor"];

/// Carries out a client's event and acknowledges it. Runs on the connection's shard: what takes a place in a lane
/// does so before this returns, what waits is spawned.
fn dispatch(edge: &Edge, runtime: &tokio::runtime::Handle, actor: &Actor, event: Event<'_>) {
    let name = event.name;
    let request = Request::new(event);
    let (edge, actor) = (edge.clone(), actor.clone());
    match name {
        events::MESSAGE_SEND => request.then(runtime, |send| messages::send(&edge, &actor, send)),
        events::CONVERSATION_READ => request.then(runtime, |mark| receipts::mark_read(&edge, &actor, mark)),
        events::MESSAGE_LIST => {
            request.then(runtime, |list| Ok(async move { messages::list(&edge, &actor, list).await }));
        }
        events::CONVERSATION_CREATE => {
            request.then(runtime, |create| {
                Ok(async move { conversations::create(&edge, &actor, create).await })
            });
        }
        events::CONVERSATION_LIST => {
            request.then(runtime, |list| Ok(async move { conversations::list(&edge, &actor, list).await }));
        }
        events::SYNC => {
            request.then(runtime, |sync| Ok(async move { sync::sync(&edge, &actor, sync).await }));
        }
        unknown => {
            let shown: String = unknown.chars().take(40).collect();
            request.refuse(
                Error::new(ErrorCode::Invalid, format!("there is no event {shown:?}; see /api/docs"))
                    .field("event"),
            );
        }
    }
}

/// An event's one argument, and where its acknowledgement goes.
struct Request<'a> {
    argument: &'a str,
    ack: Option<Acker>,
}

impl<'a> Request<'a> {
    fn new(event: Event<'a>) -> Self {
        // `socket.emit("sync")` asks with nothing.
        Self { argument: event.args.first().map_or("{}", |argument| argument.get()), ack: event.ack }
    }

    /// Parses, starts the use case in the order of events, and acknowledges when it is done.
    fn then<T, A, F>(self, runtime: &tokio::runtime::Handle, start: impl FnOnce(T) -> Result<F, Error>)
    where
        T: DeserializeOwned,
        A: Serialize + Send + 'static,
        F: Future<Output = Result<A, Error>> + Send + 'static,
    {
        let Self { argument, ack } = self;
        let parsed = protocol::parse(argument.as_bytes()).map_err(from_malformed);
        match parsed.and_then(start) {
            Ok(answer) => drop(runtime.spawn(async move { acknowledge(ack, answer.await) })),
            Err(error) => acknowledge::<A>(ack, Err(error)),
        }
    }

    fn refuse(self, error: Error) {
        acknowledge::<()>(self.ack, Err(error));
    }
}

fn acknowledge<A: Serialize>(ack: Option<Acker>, result: Result<A, Error>) {
    if let Err(error) = &result {
        tracing::debug!(code = error.code.as_str(), field = error.field, "an event was refused");
    }
    if let Some(ack) = ack {
        ack.send(&Ack::from(result));
    }
}
