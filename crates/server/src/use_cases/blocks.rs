use protocol::{BlockState, BlockUser, Error, Page, User};
use service::{
    chat::{Actor, UserId, blocks::SetBlock},
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// `user:block` and `user:unblock`.
pub(crate) fn set(
    edge: &Edge,
    actor: &Actor,
    block: BlockUser,
    blocked: bool,
) -> Result<impl Future<Output = Result<BlockState, Error>> + Send + use<>, Error> {
    let user = UserId::parse(&block.user_id, "user_id").map_err(from_refusal)?;
    let setting = edge.service.execute(actor, SetBlock { user, blocked });
    Ok(async move {
        let set = setting.await.map_err(from_service)?;
        Ok(canonical::blocks::block_state(&set))
    })
}

/// Whom somebody blocks.
pub(crate) async fn list(
    edge: &Edge,
    actor: &Actor,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Page<User>, Error> {
    let after = cursor.map(cursor::decode).transpose()?;
    let page = edge.service.blocked(actor, after, limit).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::accounts::user).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}
