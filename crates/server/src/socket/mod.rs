//! Socket.IO: the canonical vocabulary, by the names of its events.

mod gate;
mod session;

pub use gate::Gate;
use protocol::{Ack, Conversation, ConversationChanged, Error, ErrorCode, events};
use serde::{Serialize, de::DeserializeOwned};
use session::Session;
use socketio::{Acker, Event};
use tokio::runtime::Handle;

use crate::{
    Edge,
    error::from_malformed,
    use_cases::{
        blocks, conversations, details, messages, own_state, participants, receipts, requests, sync,
    },
};

/// What `socket.emit("sync")` asks with.
const NOTHING: &str = "{}";

/// Where the canonical vocabulary is spoken.
pub const NAMESPACES: [&str; 2] = ["/", "/parlor"];

/// Carries out a client's event and acknowledges it. Runs on the connection's shard: what takes a place in a lane
/// does so before this returns, what waits is spawned.
fn dispatch(edge: &Edge, runtime: &Handle, session: &Session, event: Event<'_>) {
    let name = event.name;
    let request =
        Request { argument: event.args.first().map_or(NOTHING, |argument| argument.get()), ack: event.ack };
    let (edge, actor) = (edge.clone(), session.actor.clone());
    match name {
        events::MESSAGE_SEND => request.send(runtime, |send| messages::send(&edge, &actor, send)),
        events::MESSAGE_EDIT => request.send(runtime, |edit| messages::edit(&edge, &actor, edit)),
        events::MESSAGE_DELETE => request.send(runtime, |delete| messages::delete(&edge, &actor, delete)),
        events::MESSAGE_REACT => request.send(runtime, |react| messages::react(&edge, &actor, react)),
        events::MESSAGE_VERSIONS => {
            let versions = |list| Ok(async move { messages::versions(&edge, &actor, list).await });
            request.ask(runtime, session, versions);
        }
        events::CONVERSATION_READ => {
            request.ask(runtime, session, |mark| receipts::mark_read(&edge, &actor, mark));
        }
        events::CONVERSATION_DELIVERED => {
            request.ask(runtime, session, |mark| receipts::mark_delivered(&edge, &actor, mark));
        }
        events::REQUEST_ACCEPT => {
            let accept = |answer| Ok(async move { requests::accept(&edge, &actor, answer).await });
            request.ask(runtime, session, accept);
        }
        events::REQUEST_DECLINE => {
            let decline = |answer| Ok(async move { requests::decline(&edge, &actor, answer).await });
            request.ask(runtime, session, decline);
        }
        events::USER_BLOCK => {
            request.ask(runtime, session, |block| blocks::set(&edge, &actor, block, true));
        }
        events::USER_UNBLOCK => {
            request.ask(runtime, session, |block| blocks::set(&edge, &actor, block, false));
        }
        events::MESSAGE_LIST => {
            request
                .ask(runtime, session, |list| Ok(async move { messages::list(&edge, &actor, list).await }));
        }
        events::CONVERSATION_CREATE => {
            let create = |create| Ok(async move { conversations::create(&edge, &actor, create).await });
            request.ask(runtime, session, create);
        }
        events::CONVERSATION_LIST => {
            let list = |list| Ok(async move { conversations::list(&edge, &actor, list).await });
            request.ask(runtime, session, list);
        }
        events::STATE_SET => {
            request.ask(runtime, session, |set| own_state::set(&edge, &actor, set));
        }
        events::CONVERSATION_DELETE => {
            request.ask(runtime, session, |delete| own_state::delete(&edge, &actor, delete));
        }
        events::CONVERSATION_UPDATE => {
            let update =
                |update| Ok(async move { details::update(&edge, &actor, update).await.map(changed) });
            request.ask(runtime, session, update);
        }
        events::PARTICIPANT_ADD => {
            let add = |add| Ok(async move { participants::add(&edge, &actor, add).await.map(changed) });
            request.ask(runtime, session, add);
        }
        events::PARTICIPANT_REMOVE => {
            let remove = |remove| Ok(async move { participants::remove(&edge, &actor, remove).await });
            request.ask(runtime, session, remove);
        }
        events::PARTICIPANT_UPDATE => {
            let update =
                |update| Ok(async move { participants::update(&edge, &actor, update).await.map(changed) });
            request.ask(runtime, session, update);
        }
        events::SYNC => {
            request.ask(runtime, session, |sync| Ok(async move { sync::sync(&edge, &actor, sync).await }));
        }
        unknown => {
            let shown: String = unknown.chars().take(40).collect();
            let message = format!("there is no event {shown:?}; see /api/docs");
            request.refuse(Error::new(ErrorCode::Invalid, message).field("event"));
        }
    }
}

/// An answer that is a conversation, under its name.
fn changed(conversation: Conversation) -> ConversationChanged {
    ConversationChanged { conversation }
}

/// An event's one argument, and where its acknowledgement goes.
struct Request<'a> {
    argument: &'a str,
    ack: Option<Acker>,
}

impl Request<'_> {
    /// Parses, takes its place among the sends, and acknowledges when it is done, whatever becomes of the socket.
    fn send<T, A, F>(self, runtime: &Handle, start: impl FnOnce(T) -> Result<F, Error>)
    where
        T: DeserializeOwned,
        A: Serialize + Send + 'static,
        F: Future<Output = Result<A, Error>> + Send + 'static,
    {
        let Self { argument, ack } = self;
        match parse(argument).and_then(start) {
            Ok(answer) => drop(runtime.spawn(async move { acknowledge(ack, answer.await) })),
            Err(error) => acknowledge::<A>(ack, Err(error)),
        }
    }

    /// Parses, starts the use case, and acknowledges when it is done. Ends with the socket.
    fn ask<T, A, F>(self, runtime: &Handle, session: &Session, start: impl FnOnce(T) -> Result<F, Error>)
    where
        T: DeserializeOwned,
        A: Serialize + Send + 'static,
        F: Future<Output = Result<A, Error>> + Send + 'static,
    {
        let Self { argument, ack } = self;
        let mut ack = Some(ack);
        let started = parse(argument).and_then(start).and_then(|answer| {
            session.start(runtime, || {
                let ack = ack.take().flatten();
                Box::new(Box::pin(async move { acknowledge(ack, answer.await) }))
            })
        });
        if let Err(error) = started {
            acknowledge::<A>(ack.flatten(), Err(error));
        }
    }

    fn refuse(self, error: Error) {
        acknowledge::<()>(self.ack, Err(error));
    }
}

fn parse<T: DeserializeOwned>(argument: &str) -> Result<T, Error> {
    protocol::parse(argument.as_bytes()).map_err(from_malformed)
}

fn acknowledge<A: Serialize>(ack: Option<Acker>, result: Result<A, Error>) {
    if let Err(error) = &result {
        tracing::debug!(code = error.code.as_str(), field = error.field, "an event was refused");
    }
    if let Some(ack) = ack {
        ack.send(&Ack::from(result));
    }
}
