use chat::{Actor, ConversationId, Page, Refusal, messages::Message};
use store::HistoryRange;

use crate::{Service, ServiceError};

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
        page.ok_or_else(|| Refusal::NotFound { what: "conversation" }.into())
    }
}
