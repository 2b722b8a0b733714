use futures_util::future::BoxFuture;
use protocol::{Error, ErrorCode, events};
use serde::Deserialize;
use serde_json::Value;
use service::{chat::Actor, user_room};
use socketio::{
    Accept, Acker, ConnectRequest, DisconnectReason, Event, Frame, Handler, Overflow, Refusal, Room, Socket,
};

use crate::{
    Edge,
    auth::Credential,
    edge::Page,
    error::event_too_large,
    socket::{acknowledge, dispatch, session::Session},
};

/// Lets users into the canonical namespaces and takes their events.
pub struct Gate {
    edge: Edge,
    runtime: tokio::runtime::Handle,
}

impl Gate {
    /// A gate whose use cases run on `runtime`.
    #[must_use]
    pub fn new(edge: Edge, runtime: tokio::runtime::Handle) -> Self {
        Self { edge, runtime }
    }

    async fn actor(&self, request: &ConnectRequest, token: Option<&str>) -> Result<Actor, Error> {
        let handshake = &request.handshake;
        let (authorization, cookies) = (handshake.header("authorization"), handshake.header("cookie"));
        let cookie_name = self.edge.settings.authenticator.cookie();
        let credential = Credential::find(token, authorization, cookies, cookie_name);
        let page = Page { origin: handshake.header("origin"), host: handshake.header("host") };
        self.edge.actor(&credential, page).await
    }
}

/// What a client says of itself in the CONNECT packet. A value of another type says nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    token: Value,
    /// It repairs itself when it is told that it has missed something.
    sync: Value,
    /// It knows connection state recovery.
    recover: Value,
}

impl Auth {
    fn of(request: &ConnectRequest) -> Self {
        let auth = request.auth.as_ref().and_then(|auth| serde_json::from_str(auth.get()).ok());
        auth.unwrap_or_default()
    }
}

impl Handler for Gate {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async move {
            let auth = Auth::of(request);
            match self.actor(request, auth.token.as_str()).await {
                // One connection, one principal.
                Ok(actor) if !request.handshake.bind(actor.id.as_str()) => {
                    Err(Refusal::CloseTransport { reason: "another_identity" })
                }
                Ok(actor) => {
                    let rooms = [user_room(&actor.id)];
                    let session = Session::new(actor, auth.sync == true);
                    Ok(Accept::new(session).rooms(rooms).recover(auth.recover == true))
                }
                // Official clients do not come back after a refusal, so a passing failure must not be one.
                Err(error) if matches!(error.code, ErrorCode::Unavailable | ErrorCode::Internal) => {
                    Err(Refusal::CloseTransport { reason: "unavailable" })
                }
                Err(error) => Err(Refusal::ConnectError {
                    message: error.message.clone(),
                    data: serde_json::to_value(error).ok(),
                }),
            }
        })
    }

    /// A socket is in its user's room alone, and its user has just been let in.
    fn keep_room(&self, socket: &Socket, room: &Room) -> bool {
        socket.data::<Session>().is_some_and(|session| *room == user_room(&session.actor.id))
    }

    fn overflow(&self, socket: &Socket) -> Overflow {
        match socket.data::<Session>() {
            Some(session) if session.syncs => {
                Overflow::Invalidate(Frame::event_raw(socket.namespace(), events::SYNC_NEEDED, "{}"))
            }
            _ => Overflow::Close,
        }
    }

    fn event(&self, socket: &Socket, event: Event<'_>) {
        if let Some(session) = socket.data::<Session>() {
            dispatch(&self.edge, &self.runtime, session, event);
        }
    }

    fn disconnected(&self, socket: &Socket, _: DisconnectReason) {
        if let Some(session) = socket.data::<Session>() {
            session.end();
        }
    }

    fn too_large(&self, _: &Socket, ack: Option<Acker>, bytes: usize) {
        acknowledge::<()>(ack, Err(event_too_large(bytes, self.edge.settings.event_bytes)));
    }
}
