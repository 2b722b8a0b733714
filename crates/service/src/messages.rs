use chat::{
    Actor, ConversationId, MessageId, Page, Refusal,
    messages::{Message, MessageVersion},
};
use store::HistoryRange;

use crate::{Service, ServiceError, weight};

impl Service {
    /// Messages of a conversation, newest first.
    ///
    /// # Errors
    /// `not_found` for who is not a participant.
    pub async fn history(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        range: HistoryRange,
        limit: Option<u64>,
    ) -> Result<Page<Message>, ServiceError> {
        let limit = self.shared.limits.page(limit);
        let page = self.shared.store.history(actor.key, conversation, range, limit).await?;
        let mut page = page.ok_or(Refusal::NotFound { what: "conversation" })?;
        let fitting = weight::fitting(&page.items, self.shared.limits.answer_bytes, weight::message);
        if fitting < page.items.len() {
            page.items.truncate(fitting);
            page.next = page.items.last().map(|message| message.seq);
        }
        Ok(page)
    }

    /// Texts that a message had before, newest first. A page's `next` is to be given as `before_rev`.
    ///
    /// # Errors
    /// `not_found` for who is not a participant, and for a message that is not there or was unsent.
    pub async fn message_versions(
        &self,
        actor: &Actor,
        (conversation, id): (ConversationId, MessageId),
        before_rev: Option<i64>,
        limit: Option<u64>,
    ) -> Result<Page<MessageVersion>, ServiceError> {
        let limit = self.shared.limits.versions(limit);
        let page = self.shared.store.message_versions(actor.key, conversation, id, before_rev, limit).await?;
        page.ok_or_else(|| Refusal::NotFound { what: "message" }.into())
    }
}
