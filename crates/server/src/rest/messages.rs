use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{ListMessages, Message, Page, PostMessage, Problem, SendMessage};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Caller, InConversation, Params, Refused};
use crate::{Edge, use_cases::messages};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HistoryParams {
    /// Only messages before this number.
    before_seq: Option<i64>,
    /// Only messages after this number.
    after_seq: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many; clamped to `page_items_max`.
    limit: Option<u64>,
}

/// Messages of a conversation, newest first.
#[utoipa::path(get, path = "/conversations/{id}/messages", operation_id = "list_messages", tag = "messages",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"), HistoryParams),
    responses((status = 200, body = Page<Message>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Params(params): Params<HistoryParams>,
) -> Result<Json<Page<Message>>, Refused> {
    let HistoryParams { before_seq, after_seq, cursor, limit } = params;
    let list = ListMessages { conversation_id: id.to_string(), before_seq, after_seq, cursor, limit };
    Ok(Json(messages::list(&edge, &actor, list).await?))
}

/// Send a message. The same id sent again is answered with the stored message.
#[utoipa::path(post, path = "/conversations/{id}/messages", operation_id = "send_message", tag = "messages",
    security(("token" = []), ("cookie" = [])), request_body = PostMessage,
    params(("id" = String, Path, description = "The conversation")),
    responses((status = 201, body = Message), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn send(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(conversation): InConversation,
    Body(post): Body<PostMessage>,
) -> Result<(StatusCode, Json<Message>), Refused> {
    let send = SendMessage { conversation_id: conversation.to_string(), id: post.id, body: post.body };
    let sent = messages::send(&edge, &actor, send)?.await?;
    Ok((StatusCode::CREATED, Json(sent.message)))
}
