use axum::{Json, extract::State};
use http::StatusCode;
use protocol::{Conversation, CreateConversation, ListConversations, Page, Problem};
use serde::Deserialize;
use service::realtime::canonical;
use utoipa::IntoParams;

use super::extract::{Body, Caller, InConversation, Params, Refused};
use crate::{Edge, use_cases::conversations};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// How many; clamped to `page_items_max`.
    pub(super) limit: Option<u64>,
}

/// Your conversations, newest activity first.
#[utoipa::path(get, path = "/conversations", operation_id = "list_conversations", tag = "conversations", security(("token" = []), ("cookie" = [])),
    params(PageParams),
    responses((status = 200, body = Page<Conversation>), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub(super) async fn list(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Params(page): Params<PageParams>,
) -> Result<Json<Page<Conversation>>, Refused> {
    let list = ListConversations { cursor: page.cursor, limit: page.limit };
    Ok(Json(conversations::list(&edge, &actor, list).await?))
}

/// Create a group, or get or create a direct conversation.
#[utoipa::path(post, path = "/conversations", operation_id = "create_conversation", tag = "conversations", security(("token" = []), ("cookie" = [])),
    request_body = CreateConversation,
    responses(
        (status = 201, description = "It is new", body = Conversation),
        (status = 200, description = "A direct conversation that was there", body = Conversation),
        (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
pub(super) async fn create(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    Body(create): Body<CreateConversation>,
) -> Result<(StatusCode, Json<Conversation>), Refused> {
    let made = conversations::create(&edge, &actor, create).await?;
    let status = if made.created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(made.conversation)))
}

/// One of your conversations.
#[utoipa::path(get, path = "/conversations/{id}", operation_id = "read_conversation", tag = "conversations", security(("token" = []), ("cookie" = [])),
    params(("id" = String, Path, description = "The conversation")),
    responses((status = 200, body = Conversation), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn read(
    State(edge): State<Edge>,
    Caller(actor): Caller,
    InConversation(id): InConversation,
) -> Result<Json<Conversation>, Refused> {
    let conversation = edge.service.conversation(&actor, id).await?;
    Ok(Json(canonical::conversations::conversation(&conversation)))
}
