use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{Problem, PutUser, User};
use service::{
    chat::{
        UserId,
        accounts::{AnnounceUser, Profile},
    },
    realtime::canonical,
};

use super::extract::{Body, HostApp, Named, Refused};
use crate::Edge;

/// Tell Parlor of a user of yours, or what changed about him.
#[utoipa::path(put, path = "/server/users/{id}", operation_id = "put_user", tag = "server", security(("api_key" = [])),
    params(("id" = String, Path, description = "The user, as his token's subject names him")), request_body = PutUser,
    responses((status = 201, description = "He is new", body = User), (status = 200, body = User),
        (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn put_user(
    State(edge): State<Edge>,
    _: HostApp,
    Named(id): Named,
    Body(put): Body<PutUser>,
) -> Result<(StatusCode, Json<User>), Refused> {
    let profile = Profile::parse(put.name, put.email, put.avatar_url, edge.service.limits())?;
    let announce = AnnounceUser { id: UserId::parse(&id, "id")?, profile };
    let (user, new) = edge.service.announce(announce).await?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(canonical::accounts::user(&user))))
}
