use axum::{Json, extract::State};
use protocol::{Problem, Sync, Synced};

use super::extract::{Body, Caller, Refused};
use crate::{Edge, use_cases::sync};

/// From what a client holds to what is.
#[utoipa::path(post, path = "/sync", operation_id = "sync", tag = "sync", security(("token" = []), ("cookie" = [])), request_body = Sync,
    responses((status = 200, body = Synced), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
pub(super) async fn sync(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Body(sync): Body<Sync>,
) -> Result<Json<Synced>, Refused> {
    Ok(Json(sync::sync(&edge, &actor, sync).await?))
}
