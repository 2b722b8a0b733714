use chat::{Actor, ConversationId, Page, Refusal, messages::Message};
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
}
