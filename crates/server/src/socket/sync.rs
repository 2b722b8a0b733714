use protocol::{Error, Sync, Synced};
use service::{
    SyncCursor,
    chat::{Actor, ConversationId, sync::Head},
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `sync`.
pub(crate) async fn sync(edge: &Edge, actor: &Actor, sync: Sync) -> Result<Synced, Error> {
    let heads = sync.heads.map(|heads| {
        let head =
            |(id, rev): (String, i64)| Ok(Head { conversation: ConversationId::parse(&id, "heads")?, rev });
        heads.into_iter().map(head).collect::<Result<Vec<_>, _>>().map_err(from_refusal)
    });
    let heads = heads.transpose()?;
    let after = sync.cursor.as_deref().map(cursor::decode).transpose()?;
    let after = after.map(|id| SyncCursor(ConversationId(id)));
    let (user_rev, page) =
        edge.service.sync(actor, sync.user_rev, heads.as_deref(), after).await.map_err(from_service)?;
    Ok(Synced {
        user_rev,
        conversations: page.conversations.iter().map(canonical::sync::synced).collect(),
        cursor: page.next.and_then(|next| cursor::encode(&next.0.0)),
    })
}
