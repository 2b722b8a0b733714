use chat::{Actor, Page, accounts::User};

use crate::{Service, ServiceError};

impl Service {
    /// Whom the actor blocks.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn blocked(
        &self,
        actor: &Actor,
        after: Option<i64>,
        limit: Option<u64>,
    ) -> Result<Page<User>, ServiceError> {
        Ok(self.shared.store.blocked(actor.key, after, self.shared.limits.page(limit)).await?)
    }
}
