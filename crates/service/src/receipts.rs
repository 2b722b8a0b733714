use chat::{
    Actor, ConversationId, MessageId, Page, Refusal,
    receipts::{ReceiptState, SeenBy},
};
use store::ReceiptPage;

use crate::{Service, ServiceError};

impl Service {
    /// How far the other participants have come, as far as they and the actor show it.
    ///
    /// # Errors
    /// `not_found` for who is not a participant; `unavailable` when the database cannot be reached.
    pub async fn receipts(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        (after, limit): (Option<i64>, Option<u64>),
    ) -> Result<Page<ReceiptState>, ServiceError> {
        let found = self.shared.store.receipts(actor.key, conversation, self.part(after, limit)).await?;
        found.ok_or_else(|| Refusal::NotFound { what: "conversation" }.into())
    }

    /// Whom a message has reached, as far as they and the actor show it.
    ///
    /// # Errors
    /// `not_found` for who is not a participant, and for a message that he may not see or that was unsent; `unavailable`
    /// when the database cannot be reached.
    pub async fn seen_by(
        &self,
        actor: &Actor,
        message: (ConversationId, MessageId),
        (after, limit): (Option<i64>, Option<u64>),
    ) -> Result<Page<SeenBy>, ServiceError> {
        let found = self.shared.store.seen_by(actor.key, message, self.part(after, limit)).await?;
        found.ok_or_else(|| Refusal::NotFound { what: "message" }.into())
    }

    fn part(&self, after: Option<i64>, limit: Option<u64>) -> ReceiptPage {
        let default = self.shared.user_settings.receipts;
        ReceiptPage { after, limit: self.shared.limits.page(limit), default }
    }
}
