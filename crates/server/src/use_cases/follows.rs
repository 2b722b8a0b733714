use protocol::{Error, MessagingAccess, Page, Profile, Settings, User};
use service::{
    chat::{
        Actor, UserId,
        follows::SetFollow,
        settings::{self, ChangeSettings, Chosen},
    },
    realtime::canonical,
};

use crate::{
    Edge, cursor,
    error::{from_refusal, from_service},
};

/// Follow somebody, or no longer.
pub(crate) async fn set(
    edge: &Edge,
    actor: &Actor,
    user_id: &str,
    following: bool,
) -> Result<Profile, Error> {
    let user = UserId::parse(user_id, "user_id").map_err(from_refusal)?;
    let relation = edge.service.execute(actor, SetFollow { user, following }).await.map_err(from_service)?;
    Ok(canonical::privacy::profile(&relation))
}

/// Somebody, and what is between him and the asker.
pub(crate) async fn profile(edge: &Edge, actor: &Actor, user_id: &str) -> Result<Profile, Error> {
    let user = UserId::parse(user_id, "id").map_err(from_refusal)?;
    let relation = edge.service.relation(actor, &user).await.map_err(from_service)?;
    Ok(canonical::privacy::profile(&relation))
}

/// Whom somebody follows.
pub(crate) async fn list(
    edge: &Edge,
    actor: &Actor,
    cursor: Option<&str>,
    limit: Option<u64>,
) -> Result<Page<User>, Error> {
    let after = cursor.map(cursor::decode).transpose()?;
    let page = edge.service.following(actor, after, limit).await.map_err(from_service)?;
    Ok(Page {
        items: page.items.iter().map(canonical::accounts::user).collect(),
        next_cursor: page.next.and_then(|next| cursor::encode(&next)),
    })
}

/// Change one's own settings.
pub(crate) async fn change_settings(
    edge: &Edge,
    actor: &Actor,
    change: protocol::ChangeSettings,
) -> Result<Settings, Error> {
    let messaging_access = change.messaging_access.map(messaging_access);
    let chosen = Chosen { messaging_access, receipts: change.receipts };
    let changed = edge.service.execute(actor, ChangeSettings(chosen)).await;
    Ok(canonical::privacy::settings(changed.map_err(from_service)?))
}

fn messaging_access(access: MessagingAccess) -> settings::MessagingAccess {
    match access {
        MessagingAccess::Everyone => settings::MessagingAccess::Everyone,
        MessagingAccess::Followers => settings::MessagingAccess::Followers,
        MessagingAccess::Mutual => settings::MessagingAccess::Mutual,
        MessagingAccess::Nobody => settings::MessagingAccess::Nobody,
    }
}
