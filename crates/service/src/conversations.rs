use chat::{Actor, ConversationId, Page, Refusal, conversations::Conversation};
use store::ConversationCursor;

use crate::{Service, ServiceError};

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
        Ok(self.shared.store.conversations(actor.key, after, self.shared.limits.page(limit)).await?)
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
