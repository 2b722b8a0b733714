use chat::{
    Actor,
    sync::{Head, News},
};
use store::{SyncCursor, SyncLimits, SyncPage};

use crate::{Service, ServiceError, weight};

impl Service {
    /// What is not as a client of the actor has it, and the actor's `user_rev` from before it was read: what
    /// changes meanwhile is told again rather than missed.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn sync(
        &self,
        actor: &Actor,
        user_rev: Option<i64>,
        heads: Option<&[Head]>,
        after: Option<SyncCursor>,
    ) -> Result<(i64, SyncPage), ServiceError> {
        let limits = &self.shared.limits;
        let rows = SyncLimits {
            rows: limits.sync_rows,
            changes_per_conversation: limits.sync_changes_per_conversation,
        };
        let now_at = self.shared.store.user_rev(actor.key).await?;
        let mut page = self.shared.store.sync(actor.key, user_rev, heads, after, &rows).await?;
        for one in &mut page.conversations {
            if weight::synced(one) > limits.answer_bytes {
                one.news = News::Reset;
            }
        }
        let fitting = weight::fitting(&page.conversations, limits.answer_bytes, weight::synced);
        if fitting < page.conversations.len() {
            page.conversations.truncate(fitting);
            page.next = page.conversations.last().map(|last| SyncCursor(last.conversation.id));
        }
        Ok((now_at, page))
    }
}
