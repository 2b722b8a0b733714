use std::collections::BTreeMap;

use protocol::{Error, Sync, Synced};
use service::{
    chat::{
        Actor, ConversationId, Refusal,
        sync::{Epoch, Head, Position},
        uuid::Uuid,
    },
    realtime::canonical,
};

use crate::{
    Edge,
    error::{from_refusal, from_service},
};

/// `sync`.
pub(crate) async fn sync(edge: &Edge, actor: &Actor, sync: Sync) -> Result<Synced, Error> {
    let position = position(sync).map_err(from_refusal)?;
    let page = edge.service.sync(actor, position).await.map_err(from_service)?;
    Ok(Synced {
        epoch: page.epoch.0.to_string(),
        user_rev: page.user_rev,
        reset: page.reset,
        settings: page
            .privacy
            .as_ref()
            .map(|privacy| canonical::privacy::settings(privacy.chosen.or(edge.service.default_settings()))),
        requests: page
            .privacy
            .as_ref()
            .map(|privacy| privacy.requests.iter().map(canonical::requests::request).collect()),
        blocked: page.privacy.map(|privacy| privacy.blocked.iter().map(ToString::to_string).collect()),
        conversations: page.conversations.iter().map(canonical::sync::synced).collect(),
        removed: page.removed.iter().map(ToString::to_string).collect(),
        cursor: page.next.map(|last| last.to_string()),
    })
}

fn position(sync: Sync) -> Result<Position, Refusal> {
    let conversation = |id: Option<String>, field| id.map(|id| ConversationId::parse(&id, field)).transpose();
    Ok(Position {
        // Not one that this server gave: of another history.
        epoch: sync.epoch.map(|epoch| Epoch(Uuid::try_parse(&epoch).unwrap_or_default())),
        user_rev: sync.user_rev,
        heads: sync.heads.map(heads).transpose()?,
        after: conversation(sync.cursor, "cursor")?,
        upto: conversation(sync.upto, "upto")?,
    })
}

fn heads(heads: BTreeMap<String, i64>) -> Result<Vec<Head>, Refusal> {
    let head =
        |(id, rev): (String, i64)| Ok(Head { conversation: ConversationId::parse(&id, "heads")?, rev });
    heads.into_iter().map(head).collect()
}
