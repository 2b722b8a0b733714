use axum::{Json, extract::State};
use protocol::{ChangeSettings, Page, Problem, Profile, Settings, User};
use service::realtime::canonical;

use super::{
    conversations::PageParams,
    extract::{Body, Caller, Named, Params, Refused},
};
use crate::{Edge, use_cases::follows};

/// Somebody, and what is between him and you.
#[utoipa::path(get, path = "/users/{id}", operation_id = "read_user", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = Profile), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn profile(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Named(user_id): Named,
) -> Result<Json<Profile>, Refused> {
    Ok(Json(follows::profile(&edge, &actor, &user_id).await?))
}

/// Follow somebody.
#[utoipa::path(put, path = "/users/{id}/follow", operation_id = "follow_user", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = Profile), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn follow(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Named(user_id): Named,
) -> Result<Json<Profile>, Refused> {
    Ok(Json(follows::set(&edge, &actor, &user_id, true).await?))
}

/// Follow somebody no longer.
#[utoipa::path(delete, path = "/users/{id}/follow", operation_id = "unfollow_user", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = Profile), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn unfollow(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Named(user_id): Named,
) -> Result<Json<Profile>, Refused> {
    Ok(Json(follows::set(&edge, &actor, &user_id, false).await?))
}

/// Whom you follow.
#[utoipa::path(get, path = "/me/following", operation_id = "list_following", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(PageParams),
    responses((status = 200, body = Page<User>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<User>>, Refused> {
    Ok(Json(follows::list(&edge, &actor, page.cursor.as_deref(), page.limit).await?))
}

/// Your settings.
#[utoipa::path(get, path = "/me/settings", operation_id = "read_settings", tag = "privacy", security(("token" = []), ("cookie" = [])),
    responses((status = 200, body = Settings), (status = 401, body = Problem)))]
pub(super) async fn settings(
    State(edge): State<Edge>,
    Caller(actor): Caller,
) -> Result<Json<Settings>, Refused> {
    Ok(Json(canonical::privacy::settings(edge.service.settings(&actor).await?)))
}

/// Change your settings. What is absent stays as it is.
#[utoipa::path(patch, path = "/me/settings", operation_id = "change_settings", tag = "privacy", security(("token" = []), ("cookie" = [])),
    request_body = ChangeSettings,
    responses((status = 200, body = Settings), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn change_settings(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Body(change): Body<ChangeSettings>,
) -> Result<Json<Settings>, Refused> {
    Ok(Json(follows::change_settings(&edge, &actor, change).await?))
}
