use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{
    AddParticipants, Conversation, PatchParticipant, PostParticipants, Problem, RemoveParticipant,
    UpdateParticipant,
};

use super::extract::{Body, Caller, InConversation, OfUser, Refused};
use crate::{Edge, use_cases::participants};

/// Add people to a group.
#[utoipa::path(post, path = "/conversations/{id}/participants", operation_id = "add_participants", tag = "participants", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")), request_body = PostParticipants,
    responses((status = 200, description = "The conversation afterwards", body = Conversation), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn add(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
    Body(post): Body<PostParticipants>,
) -> Result<Json<Conversation>, Refused> {
    let add = AddParticipants { conversation_id: id.to_string(), user_ids: post.user_ids };
    Ok(Json(participants::add(&edge, &actor, add).await?))
}

/// Take somebody out of a group, or leave it.
#[utoipa::path(delete, path = "/conversations/{id}/participants/{user_id}", operation_id = "remove_participant", tag = "participants", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"), ("user_id" = String, Path, description = "Whom")),
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn remove(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfUser(id, user_id): OfUser,
) -> Result<StatusCode, Refused> {
    let remove = RemoveParticipant { conversation_id: id.to_string(), user_id };
    participants::remove(&edge, &actor, remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give somebody another role, or the group.
#[utoipa::path(patch, path = "/conversations/{id}/participants/{user_id}", operation_id = "update_participant", tag = "participants", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation"), ("user_id" = String, Path, description = "Whose role")),
    request_body = PatchParticipant,
    responses((status = 200, description = "The conversation afterwards", body = Conversation), (status = 400, body = Problem),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(super) async fn update(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    OfUser(id, user_id): OfUser,
    Body(patch): Body<PatchParticipant>,
) -> Result<Json<Conversation>, Refused> {
    let update = UpdateParticipant { conversation_id: id.to_string(), user_id, role: patch.role };
    Ok(Json(participants::update(&edge, &actor, update).await?))
}
