use axum::{Json, extract::State};
use protocol::{Conversation, PatchConversation, Problem, UpdateConversation};

use super::extract::{Body, Caller, InConversation, Refused};
use crate::{Edge, use_cases::details};

/// Change a group's name, description, picture or settings.
#[utoipa::path(patch, path = "/conversations/{id}", operation_id = "update_conversation", tag = "conversations", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")), request_body = PatchConversation,
    responses((status = 200, description = "The conversation afterwards", body = Conversation), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn update(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Body(patch): Body<PatchConversation>,
) -> Result<Json<Conversation>, Refused> {
    let PatchConversation { name, description, avatar_url, who_may_add, read_only, slow_mode_s } = patch;
    let id = id.to_string();
    let update =
        UpdateConversation { id, name, description, avatar_url, who_may_add, read_only, slow_mode_s };
    Ok(Json(details::update(&edge, &actor, update).await?))
}
