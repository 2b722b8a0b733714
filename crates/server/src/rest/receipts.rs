use axum::{Json, extract::State};
use protocol::{MarkRead, PostRead, Problem, ReadState};

use super::extract::{Body, Caller, InConversation, Refused};
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
