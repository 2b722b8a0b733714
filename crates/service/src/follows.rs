use chat::{Actor, Page, Refusal, UserId, accounts::User, follows::Relation, settings::UserSettings};

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

    /// What holds for the actor.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn settings(&self, actor: &Actor) -> Result<UserSettings, ServiceError> {
        let default = self.shared.user_settings;
        Ok(self.shared.store.settings_facts(actor.key, default).await?.settings())
    }

    /// What holds for users who have chosen nothing.
    #[must_use]
    pub fn default_settings(&self) -> UserSettings {
        self.shared.user_settings
    }
}
