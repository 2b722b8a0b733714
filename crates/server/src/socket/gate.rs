use futures_util::future::BoxFuture;
use protocol::{Error, ErrorCode};
use serde::Deserialize;
use service::{chat::Actor, user_room};
use socketio::{Accept, Acker, ConnectRequest, DisconnectReason, Event, Handler, Refusal, Socket};

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

    async fn actor(&self, request: &ConnectRequest) -> Result<Actor, Error> {
        #[derive(Default, Deserialize)]
        struct Auth {
            token: Option<String>,
        }
        // What is no object, or holds no text, brings no token.
        let auth = request.auth.as_ref().and_then(|auth| serde_json::from_str::<Auth>(auth.get()).ok());
        let token = auth.and_then(|auth| auth.token);

        let handshake = &request.handshake;
        let (authorization, cookies) = (handshake.header("authorization"), handshake.header("cookie"));
        let cookie_name = self.edge.settings.authenticator.cookie();
        let credential = Credential::find(token.as_deref(), authorization, cookies, cookie_name);
        let page = Page { origin: handshake.header("origin"), host: handshake.header("host") };
        self.edge.actor(&credential, page).await
    }
}

impl Handler for Gate {
    fn authenticate<'a>(&'a self, request: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
        Box::pin(async move {
            match self.actor(request).await {
                // One connection, one principal.
                Ok(actor) if !request.handshake.bind(actor.id.as_str()) => {
                    Err(Refusal::CloseTransport { reason: "another_identity" })
                }
                Ok(actor) => {
                    let rooms = [user_room(&actor.id)];
                    Ok(Accept::new(Session::new(actor)).rooms(rooms))
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
