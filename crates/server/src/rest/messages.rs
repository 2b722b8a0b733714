use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{
    DeleteFor, DeleteMessage, Deleted, EditMessage, ListMessages, ListVersions, Message, MessageVersion,
    Page, PatchMessage, PostMessage, PostReaction, Problem, ReactMessage, SendMessage,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    conversations::PageParams,
    extract::{Body, Caller, InConversation, OfMessage, Params, Refused},
};
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
    let PostMessage { id, body, reply_to, mentions } = post;
    let send = SendMessage { conversation_id: conversation.to_string(), id, body, reply_to, mentions };
    let sent = messages::send(&edge, &actor, send)?.await?;
    Ok((StatusCode::CREATED, Json(sent.message)))
}

/// Give a message of yours another text. What it said before is kept.
#[utoipa::path(patch, path = "/conversations/{id}/messages/{message_id}", operation_id = "edit_message", tag = "messages",
    security(("token" = []), ("cookie" = [])), request_body = PatchMessage,
    params(("id" = String, Path, description = "The conversation"),
        ("message_id" = String, Path, description = "The message")),
    responses((status = 200, body = Message), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn edit(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfMessage(conversation, id): OfMessage,
    Body(patch): Body<PatchMessage>,
) -> Result<Json<Message>, Refused> {
    let edit =
        EditMessage { conversation_id: conversation.to_string(), id: id.to_string(), body: patch.body };
    let edited = messages::edit(&edge, &actor, edit)?.await?;
    Ok(Json(edited.message))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteParams {
    /// For whom.
    r#for: DeleteFor,
}

/// Take a message of yours back, or delete any message for yourself. Of what is taken back the place stays, and nothing
/// of what it said.
#[utoipa::path(delete, path = "/conversations/{id}/messages/{message_id}", operation_id = "delete_message", tag = "messages",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"),
        ("message_id" = String, Path, description = "The message"), DeleteParams),
    responses((status = 200, body = Deleted), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(super) async fn delete(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfMessage(conversation, id): OfMessage,
    Params(params): Params<DeleteParams>,
) -> Result<Json<Deleted>, Refused> {
    let delete =
        DeleteMessage { conversation_id: conversation.to_string(), id: id.to_string(), r#for: params.r#for };
    Ok(Json(messages::delete(&edge, &actor, delete)?.await?))
}

/// What a message said before, newest first.
#[utoipa::path(get, path = "/conversations/{id}/messages/{message_id}/versions", operation_id = "list_message_versions",
    tag = "messages", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"),
        ("message_id" = String, Path, description = "The message"), PageParams),
    responses((status = 200, body = Page<MessageVersion>), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn versions(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfMessage(conversation, id): OfMessage,
    Params(PageParams { cursor, limit }): Params<PageParams>,
) -> Result<Json<Page<MessageVersion>>, Refused> {
    let list = ListVersions { conversation_id: conversation.to_string(), id: id.to_string(), cursor, limit };
    Ok(Json(messages::versions(&edge, &actor, list).await?))
}

/// React to a message with an emoji, or no longer.
#[utoipa::path(post, path = "/conversations/{id}/messages/{message_id}/reactions", operation_id = "react_message",
    tag = "messages", security(("token" = []), ("cookie" = [])), request_body = PostReaction,
    params(("id" = String, Path, description = "The conversation"),
        ("message_id" = String, Path, description = "The message")),
    responses((status = 200, body = Message), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 429, body = Problem)))]
pub(super) async fn react(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfMessage(conversation, id): OfMessage,
    Body(PostReaction { emoji, on }): Body<PostReaction>,
) -> Result<Json<Message>, Refused> {
    let react = ReactMessage { conversation_id: conversation.to_string(), id: id.to_string(), emoji, on };
    Ok(Json(messages::react(&edge, &actor, react)?.await?.message))
}
