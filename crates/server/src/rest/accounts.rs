use axum::{Json, extract::State};
use protocol::{Me, Page, Problem, User};
use serde::Deserialize;
use service::realtime::canonical;
use utoipa::IntoParams;

use super::extract::{Caller, Params, Refused};
use crate::Edge;

/// Who the credential says you are.
#[utoipa::path(get, path = "/me", operation_id = "read_me", tag = "accounts", security(("token" = []), ("cookie" = [])),
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub(super) async fn me(State(edge): State<Edge>, Caller(actor): Caller) -> Result<Json<Me>, Refused> {
    let user_rev = edge.service.user_rev(actor.key).await?;
    let user =
        edge.service.user(actor.key).await?.ok_or(service::chat::Refusal::NotFound { what: "user" })?;
    Ok(Json(Me { user: canonical::accounts::user(&user), user_rev }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchUsers {
    /// What the id or the name begins with.
    #[serde(default)]
    query: String,
    /// How many; clamped to `page_items_max`.
    limit: Option<u64>,
}

/// Users whose id or name begins with the query, for pickers.
#[utoipa::path(get, path = "/users", operation_id = "search_users", tag = "accounts", security(("token" = []), ("cookie" = [])), params(SearchUsers),
    responses((status = 200, body = Page<User>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn search(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Params(search): Params<SearchUsers>,
) -> Result<Json<Page<User>>, Refused> {
    let users = edge.service.search_users(&actor, search.query.trim(), search.limit).await?;
    Ok(Json(Page { items: users.iter().map(canonical::accounts::user).collect(), next_cursor: None }))
}
