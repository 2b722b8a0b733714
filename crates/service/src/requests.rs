use chat::{
    Actor, ConversationId, Page, Refusal,
    conversations::CreateDirect,
    requests::{AnswerRequest, OpenedRequest, Request},
};

use crate::{Service, ServiceError};

impl Service {
    /// Gets or creates the direct conversation with somebody, and tells whether it is new to the actor. Who begins what
    /// the other has asked for accepts it.
    ///
    /// # Errors
    /// As for [`CreateDirect`] and [`AnswerRequest`].
    pub async fn open_direct(
        &self,
        actor: &Actor,
        create: CreateDirect,
    ) -> Result<(ConversationId, bool), ServiceError> {
        let (conversation, created) = self.execute(actor, create).await?;
        if created || self.shared.store.conversation(actor.key, conversation).await?.is_some() {
            return Ok((conversation, created));
        }
        self.execute(actor, AnswerRequest { conversation, accept: true, begins: true }).await?;
        Ok((conversation, true))
    }

    /// The requests that wait for the actor, the newest first.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn requests(
        &self,
        actor: &Actor,
        before: Option<i64>,
        limit: Option<u64>,
    ) -> Result<Page<Request>, ServiceError> {
        Ok(self.shared.store.requests(actor.key, before, self.shared.limits.page(limit)).await?)
    }

    /// A request that waits for the actor, with what was said. Who said it is not told.
    ///
    /// # Errors
    /// `not_found` where none waits for him.
    pub async fn opened_request(
        &self,
        actor: &Actor,
        conversation: ConversationId,
    ) -> Result<OpenedRequest, ServiceError> {
        let most = self.shared.limits.request_messages;
        let found = self.shared.store.opened_request(actor.key, conversation, most).await?;
        found.ok_or_else(|| Refusal::NotFound { what: "request" }.into())
    }
}
