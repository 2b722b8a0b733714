use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{AnswerRequest, Conversation, MessageRequest, OpenedRequest, Page, Problem};

use super::{
    conversations::PageParams,
    extract::{Caller, InConversation, Params, Refused},
};
use crate::{Edge, use_cases::requests};

/// Who asks to write to you, the newest first.
#[utoipa::path(get, path = "/requests", operation_id = "list_requests", tag = "requests",
    security(("token" = []), ("cookie" = [])), params(PageParams),
    responses((status = 200, body = Page<MessageRequest>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<MessageRequest>>, Refused> {
    Ok(Json(requests::list(&edge, &actor, page.cursor.as_deref(), page.limit).await?))
}

/// A request with what was said. Who said it is not told that you look.
#[utoipa::path(get, path = "/requests/{id}", operation_id = "read_request", tag = "requests",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation that it is about")),
    responses((status = 200, body = OpenedRequest), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn read(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
) -> Result<Json<OpenedRequest>, Refused> {
    Ok(Json(requests::open(&edge, &actor, id).await?))
}

/// Take a request: you are in the conversation then.
#[utoipa::path(post, path = "/requests/{id}/accept", operation_id = "accept_request", tag = "requests",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation that it is about")),
    responses((status = 200, body = Conversation), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn accept(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>, Refused> {
    let answer = AnswerRequest { conversation_id: id.to_string() };
    Ok(Json(requests::accept(&edge, &actor, answer).await?.conversation))
}

/// Refuse a request. Who made it is not told.
#[utoipa::path(post, path = "/requests/{id}/decline", operation_id = "decline_request", tag = "requests",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation that it is about")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn decline(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
) -> Result<StatusCode, Refused> {
    let answer = AnswerRequest { conversation_id: id.to_string() };
    requests::decline(&edge, &actor, answer).await?;
    Ok(StatusCode::NO_CONTENT)
}
