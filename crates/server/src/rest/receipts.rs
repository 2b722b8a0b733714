use axum::{Json, extract::State};
use protocol::{
    DeliveredState, MarkDelivered, MarkRead, Page, PostDelivered, PostRead, Problem, ReadState, ReceiptState,
    SeenBy,
};

use super::{
    conversations::PageParams,
    extract::{Body, Caller, InConversation, OfMessage, Params, Refused},
};
use crate::{Edge, use_cases::receipts};

/// Say how far you have read. Beyond the head counts as the head; backwards moves nothing.
#[utoipa::path(post, path = "/conversations/{id}/read", operation_id = "mark_read", tag = "receipts", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")), request_body = PostRead,
    responses((status = 200, body = ReadState), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn mark_read(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Body(read): Body<PostRead>,
) -> Result<Json<ReadState>, Refused> {
    let mark = MarkRead { id: id.to_string(), seq: read.seq };
    Ok(Json(receipts::mark_read(&edge, &actor, mark)?.await?))
}

/// Say what has reached your device, in a direct conversation. Beyond the head counts as the head; backwards moves nothing.
#[utoipa::path(post, path = "/conversations/{id}/delivered", operation_id = "mark_delivered", tag = "receipts",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")), request_body = PostDelivered,
    responses((status = 200, body = DeliveredState), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn mark_delivered(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Body(delivered): Body<PostDelivered>,
) -> Result<Json<DeliveredState>, Refused> {
    let mark = MarkDelivered { id: id.to_string(), seq: delivered.seq };
    Ok(Json(receipts::mark_delivered(&edge, &actor, mark)?.await?))
}

/// How far the others have come who show it, if you do.
#[utoipa::path(get, path = "/conversations/{id}/receipts", operation_id = "list_receipts", tag = "receipts",
    security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"), PageParams),
    responses((status = 200, body = Page<ReceiptState>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<ReceiptState>>, Refused> {
    Ok(Json(receipts::list(&edge, &actor, id, page.cursor.as_deref(), page.limit).await?))
}

/// Whom a message has reached, of those who show it, if you do. Who joined after it is not asked.
#[utoipa::path(get, path = "/conversations/{id}/messages/{message_id}/receipts", operation_id = "list_message_receipts",
    tag = "receipts", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"),
        ("message_id" = String, Path, description = "The message"), PageParams),
    responses((status = 200, body = Page<SeenBy>), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn seen_by(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfMessage(conversation, id): OfMessage,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<SeenBy>>, Refused> {
    Ok(Json(receipts::seen_by(&edge, &actor, (conversation, id), page.cursor.as_deref(), page.limit).await?))
}
