use axum::{Json, extract::State};
use protocol::{BlockState, BlockUser, Page, Problem, User};

use super::{
    conversations::PageParams,
    extract::{Caller, Named, Params, Refused},
};
use crate::{Edge, use_cases::blocks};

/// Block somebody: no direct conversation and nothing of him, while groups read the same for all. He is not told.
#[utoipa::path(put, path = "/users/{id}/block", operation_id = "block_user", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = BlockState), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(super) async fn block(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Named(user_id): Named,
) -> Result<Json<BlockState>, Refused> {
    Ok(Json(blocks::set(&edge, &actor, BlockUser { user_id }, true)?.await?))
}

/// Block somebody no longer.
#[utoipa::path(delete, path = "/users/{id}/block", operation_id = "unblock_user", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The user")),
    responses((status = 200, body = BlockState), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn unblock(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Named(user_id): Named,
) -> Result<Json<BlockState>, Refused> {
    Ok(Json(blocks::set(&edge, &actor, BlockUser { user_id }, false)?.await?))
}

/// Whom you block.
#[utoipa::path(get, path = "/me/blocks", operation_id = "list_blocks", tag = "privacy", security(("token" = []), ("cookie" = [])),
    params(PageParams),
    responses((status = 200, body = Page<User>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<User>>, Refused> {
    Ok(Json(blocks::list(&edge, &actor, page.cursor.as_deref(), page.limit).await?))
}
