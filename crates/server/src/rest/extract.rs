//! What handlers take and give: who asks, the parsed body, the query, and errors as problem details (RFC 9457).

use axum::{
    body::to_bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use protocol::{Error, ErrorCode, Problem};
use serde::de::DeserializeOwned;
use service::{
    ServiceError,
    chat::{Actor, ConversationId, MessageId, Refusal},
};

use tokio::time::timeout;

use crate::{
    Edge,
    auth::{Credential, bearer},
    edge::Page,
    error::{event_too_large, from_malformed, from_refusal, from_service},
};

/// An error, answered as `application/problem+json`.
pub(crate) struct Refused(pub(crate) Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<ServiceError> for Refused {
    fn from(error: ServiceError) -> Self {
        Self(from_service(error))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(from_refusal(refusal))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.0.retry_after_ms;
        let body = serde_json::to_vec(&Problem::from(self.0)).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(millis) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1000)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// The user who asks, by token or cookie.
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<Edge> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let authorization = text(&parts.headers, &header::AUTHORIZATION);
        let cookies = text(&parts.headers, &header::COOKIE);
        let cookie_name = edge.settings.authenticator.cookie();
        let credential = Credential::find(None, authorization, cookies, cookie_name);
        let page =
            Page { origin: text(&parts.headers, &header::ORIGIN), host: text(&parts.headers, &header::HOST) };
        Ok(Self(edge.actor(&credential, page).await?))
    }
}

/// The host app, by its key.
pub(crate) struct HostApp;

impl FromRequestParts<Edge> for HostApp {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let refused = |message| Refused(Error::new(ErrorCode::Unauthenticated, message));
        let Some(key) = &edge.settings.api_key else {
            return Err(refused("the server API is closed: no key is configured (PARLOR_API_KEY)"));
        };
        let shown = text(&parts.headers, &header::AUTHORIZATION).and_then(bearer);
        match shown {
            Some(shown) if key.matches(shown) => Ok(Self),
            Some(_) => Err(refused("this is not the key of the server API")),
            None => Err(refused("the server API needs Authorization: Bearer with its key")),
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The request's body as JSON of this type.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Edge> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, edge: &Edge) -> Result<Self, Refused> {
        let allowed = edge.settings.event_bytes;
        let declared =
            request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if let Some(given) = declared.filter(|&given: &usize| given > allowed) {
            return Err(Refused(event_too_large(given, allowed)));
        }
        let body_timeout = edge.settings.body_timeout;
        let body = timeout(body_timeout, to_bytes(request.into_body(), allowed)).await.map_err(|_| {
            let millis = body_timeout.as_millis();
            let message = format!("the body did not arrive within {millis} ms (handshake_ms)");
            Refused(Error::new(ErrorCode::Invalid, message))
        })?;
        let json = body.map_err(|_| {
            Refused(Error::new(
                ErrorCode::TooLarge,
                format!("the body did not arrive whole, or has more than {allowed} bytes (event_bytes)"),
            ))
        })?;
        Ok(Self(protocol::parse(&json).map_err(from_malformed)?))
    }
}

/// The query's parameters.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Edge> for Params<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Edge) -> Result<Self, Refused> {
        let parsed = Query::<T>::try_from_uri(&parts.uri);
        parsed.map(|Query(params)| Self(params)).map_err(|rejection| {
            let message = rejection.body_text();
            // "…: field: what is wrong"
            let field = message.split(": ").nth(1).filter(|field| !field.contains(' ')).map(str::to_owned);
            Refused(Error { field, ..Error::new(ErrorCode::Invalid, message) })
        })
    }
}

/// What the path names.
pub(crate) struct Named(pub(crate) String);

impl FromRequestParts<Edge> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let path = <Path<String> as FromRequestParts<Edge>>::from_request_parts(parts, edge).await;
        let Path(id) = path.map_err(|rejection| {
            Refused(Error::new(ErrorCode::Invalid, rejection.body_text()).field("id"))
        })?;
        Ok(Self(id))
    }
}

/// Two things that the path names.
pub(crate) struct NamedPair(pub(crate) String, pub(crate) String);

/// The user in a conversation that the path names.
pub(crate) struct OfUser(pub(crate) ConversationId, pub(crate) String);

impl FromRequestParts<Edge> for OfUser {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let NamedPair(id, user_id) = NamedPair::from_request_parts(parts, edge).await?;
        Ok(Self(ConversationId::parse(&id, "id")?, user_id))
    }
}

impl FromRequestParts<Edge> for NamedPair {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let path = <Path<(String, String)> as FromRequestParts<Edge>>::from_request_parts(parts, edge).await;
        let Path((one, other)) = path.map_err(|rejection| {
            Refused(Error::new(ErrorCode::Invalid, rejection.body_text()).field("id"))
        })?;
        Ok(Self(one, other))
    }
}

/// The conversation that the path names.
pub(crate) struct InConversation(pub(crate) ConversationId);

impl FromRequestParts<Edge> for InConversation {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let Named(id) = Named::from_request_parts(parts, edge).await?;
        Ok(Self(ConversationId::parse(&id, "id")?))
    }
}

/// The message that the path names, and its conversation.
pub(crate) struct OfMessage(pub(crate) ConversationId, pub(crate) MessageId);

impl FromRequestParts<Edge> for OfMessage {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Refused> {
        let path = <Path<(String, String)> as FromRequestParts<Edge>>::from_request_parts(parts, edge).await;
        let Path((conversation, id)) = path.map_err(|rejection| {
            Refused(Error::new(ErrorCode::Invalid, rejection.body_text()).field("id"))
        })?;
        Ok(Self(ConversationId::parse(&conversation, "id")?, MessageId::parse(&id, "message_id")?))
    }
}
