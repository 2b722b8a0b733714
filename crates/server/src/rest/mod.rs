//! REST: one module per feature. A handler translates: extract, one command or query, map the result.

mod accounts;
mod blocks;
mod conversations;
mod details;
mod extract;
mod follows;
mod messages;
mod own_state;
mod participants;
mod receipts;
mod requests;
mod server_api;
mod sync;

pub(crate) use extract::{Body, Refused};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Edge;

/// All routes, with their description.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(accounts::me))
        .routes(routes!(accounts::search))
        .routes(routes!(blocks::block, blocks::unblock))
        .routes(routes!(blocks::list))
        .routes(routes!(follows::profile))
        .routes(routes!(follows::follow, follows::unfollow))
        .routes(routes!(follows::list))
        .routes(routes!(follows::settings, follows::change_settings))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(conversations::read, details::update, own_state::delete))
        .routes(routes!(own_state::set))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(messages::edit, messages::delete))
        .routes(routes!(messages::react))
        .routes(routes!(messages::versions))
        .routes(routes!(participants::add))
        .routes(routes!(participants::update, participants::remove))
        .routes(routes!(receipts::mark_read))
        .routes(routes!(receipts::mark_delivered))
        .routes(routes!(receipts::list))
        .routes(routes!(receipts::seen_by))
        .routes(routes!(requests::list))
        .routes(routes!(requests::read))
        .routes(routes!(requests::accept))
        .routes(routes!(requests::decline))
        .routes(routes!(sync::sync))
        .routes(routes!(server_api::put_user))
        .routes(routes!(server_api::put_follow, server_api::delete_follow))
}
