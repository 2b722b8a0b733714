use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{Problem, PutUser, User};
use service::{
    chat::{
        Actor, UserId,
        accounts::{AnnounceUser, Profile},
    },
    realtime::canonical,
};

use super::extract::{Body, HostApp, Named, NamedPair, Refused};
use crate::{Edge, use_cases::follows};

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

/// Say that one of your users follows another. Whoever is not known yet is made known.
#[utoipa::path(put, path = "/server/users/{id}/follows/{other}", operation_id = "put_follow", tag = "server", security(("api_key" = [])),
    params(("id" = String, Path, description = "Who follows"), ("other" = String, Path, description = "Whom")),
    responses((status = 200, body = protocol::Profile), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn put_follow(
    State(edge): State<Edge>,
    _: HostApp,
    NamedPair(id, other): NamedPair,
) -> Result<Json<protocol::Profile>, Refused> {
    let actor = known(&edge, &id).await?;
    known(&edge, &other).await?;
    Ok(Json(follows::set(&edge, &actor, &other, true).await?))
}

/// Say that one of your users no longer follows another.
#[utoipa::path(delete, path = "/server/users/{id}/follows/{other}", operation_id = "delete_follow", tag = "server", security(("api_key" = [])),
    params(("id" = String, Path, description = "Who followed"), ("other" = String, Path, description = "Whom")),
    responses((status = 200, body = protocol::Profile), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn delete_follow(
    State(edge): State<Edge>,
    _: HostApp,
    NamedPair(id, other): NamedPair,
) -> Result<Json<protocol::Profile>, Refused> {
    let actor = known(&edge, &id).await?;
    known(&edge, &other).await?;
    Ok(Json(follows::set(&edge, &actor, &other, false).await?))
}

/// A user of the host app's, made known if he is not.
async fn known(edge: &Edge, id: &str) -> Result<Actor, Refused> {
    let announce = AnnounceUser { id: UserId::parse(id, "id")?, profile: Profile::default() };
    let (user, _) = edge.service.announce(announce).await?;
    Ok(Actor { key: user.key, id: user.id })
}
