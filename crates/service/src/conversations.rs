use chat::{Actor, ConversationId, Page, Refusal, conversations::Conversation};
use store::ConversationCursor;

use crate::{Service, ServiceError, weight};

impl Service {
    /// The actor's conversations, newest activity first.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn conversations(
        &self,
        actor: &Actor,
        after: Option<ConversationCursor>,
        limit: Option<u64>,
    ) -> Result<Page<Conversation, ConversationCursor>, ServiceError> {
        let limits = &self.shared.limits;
        let mut page = self.shared.store.conversations(actor.key, after, limits.page(limit)).await?;
        let fitting = weight::fitting(&page.items, limits.answer_bytes, weight::conversation);
        if fitting < page.items.len() {
            page.items.truncate(fitting);
            page.next = page
                .items
                .last()
                .map(|last| ConversationCursor { last_activity_at: last.last_activity_at.0, id: last.id });
        }
        Ok(page)
    }

    /// One conversation as the actor sees it.
    ///
    /// # Errors
    /// `not_found` for who is not a participant.
    pub async fn conversation(
        &self,
        actor: &Actor,
        id: ConversationId,
    ) -> Result<Conversation, ServiceError> {
        let found = self.shared.store.conversation(actor.key, id).await?;
        found.ok_or_else(|| Refusal::NotFound { what: "conversation" }.into())
    }
}
