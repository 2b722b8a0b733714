//! Bringing clients up to date: so many at once, and what several ask alike is read once.

mod gate;

use chat::{
    Actor,
    sync::{News, Position},
};
use store::{SyncLimits, SyncPage};

pub(crate) use gate::Gate;

use crate::{Service, ServiceError, Shared, weight};

impl Service {
    /// What is not as a client of the actor has it, as of one moment.
    ///
    /// # Errors
    /// `rate_limited` and `unavailable`, both with a time to try again, beyond what may be under way;
    /// `unavailable` when the database cannot be reached.
    pub async fn sync(&self, actor: &Actor, position: Position) -> Result<SyncPage, ServiceError> {
        let shared = &self.shared;
        shared.syncs.run(actor.key, position, async |position| read(shared, actor, position).await).await
    }
}

async fn read(shared: &Shared, actor: &Actor, position: &Position) -> Result<SyncPage, ServiceError> {
    let limits = &shared.limits;
    let rows =
        SyncLimits { rows: limits.sync_rows, changes_per_conversation: limits.sync_changes_per_conversation };
    let mut page = shared.store.sync(actor.key, position, &rows).await?;
    for one in &mut page.conversations {
        if weight::synced(one) > limits.answer_bytes {
            one.news = News::Reset;
        }
    }
    let fitting = weight::fitting(&page.conversations, limits.answer_bytes, weight::synced);
    if fitting < page.conversations.len() {
        page.conversations.truncate(fitting);
        page.next = page.conversations.last().map(|last| last.conversation.id);
    }
    Ok(page)
}
