use chat::{Actor, Page, Refusal, UserId, accounts::User, follows::Relation, settings::MessagingAccess};

use crate::{Service, ServiceError};

impl Service {
    /// Whom the actor follows.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn following(
        &self,
        actor: &Actor,
        after: Option<i64>,
        limit: Option<u64>,
    ) -> Result<Page<User>, ServiceError> {
        Ok(self.shared.store.following(actor.key, after, self.shared.limits.page(limit)).await?)
    }

    /// What is between the actor and another user.
    ///
    /// # Errors
    /// `not_found` for who is not known; `unavailable` when the database cannot be reached.
    pub async fn relation(&self, actor: &Actor, other: &UserId) -> Result<Relation, ServiceError> {
        let facts = self.shared.store.follow_facts(actor.key, other).await?;
        Ok(facts.ok_or(Refusal::NotFound { what: "user" })?.relation)
    }

    /// Whose first message the actor takes.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn messaging_access(&self, actor: &Actor) -> Result<MessagingAccess, ServiceError> {
        let default = self.shared.messaging_access;
        Ok(self.shared.store.settings_facts(actor.key, default).await?.messaging_access())
    }

    /// Whose first message they take who have set nothing.
    #[must_use]
    pub fn default_messaging_access(&self) -> MessagingAccess {
        self.shared.messaging_access
    }
}
