use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{DeleteConversation, OwnState, PatchState, Problem, SetState};

use super::extract::{Body, Caller, InConversation, Refused};
use crate::{Edge, use_cases::own_state};

/// Archive, mute, pin a conversation or mark it as unread, for yourself.
#[utoipa::path(patch, path = "/conversations/{id}/state", operation_id = "set_state", tag = "conversations", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")), request_body = PatchState,
    responses((status = 200, description = "All of the state afterwards", body = OwnState), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn set(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Body(patch): Body<PatchState>,
) -> Result<Json<OwnState>, Refused> {
    let PatchState { archived, marked_unread, pinned, muted, muted_until } = patch;
    let conversation_id = id.to_string();
    let set = SetState { conversation_id, archived, marked_unread, pinned, muted, muted_until };
    Ok(Json(own_state::set(&edge, &actor, set)?.await?.state))
}

/// Delete a conversation for yourself: it is empty then, and listed again with the next message.
#[utoipa::path(delete, path = "/conversations/{id}", operation_id = "delete_conversation", tag = "conversations", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn delete(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
) -> Result<StatusCode, Refused> {
    own_state::delete(&edge, &actor, DeleteConversation { id: id.to_string() })?.await?;
    Ok(StatusCode::NO_CONTENT)
}
