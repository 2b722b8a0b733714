use chat::{
    Actor, UserKey,
    accounts::{AnnounceUser, User},
};

use crate::{Service, ServiceError};

impl Service {
    /// Makes a user known, or brings his profile up to date; tells whether he is new. Nobody acts here: it is the
    /// host app that speaks, by a token's claims or by the server API.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub fn announce(
        &self,
        announce: AnnounceUser,
    ) -> impl Future<Output = Result<(User, bool), ServiceError>> + Send + use<> {
        let himself = Actor { key: UserKey(0), id: announce.id.clone() };
        self.execute(&himself, announce)
    }

    /// A user by number.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn user(&self, key: UserKey) -> Result<Option<User>, ServiceError> {
        Ok(self.shared.store.user(key).await?)
    }

    /// Users whose id or name begins with `prefix`, for pickers of the actor's.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn search_users(
        &self,
        actor: &Actor,
        prefix: &str,
        limit: Option<u64>,
    ) -> Result<Vec<User>, ServiceError> {
        if prefix.chars().any(char::is_control) {
            return Ok(Vec::new());
        }
        Ok(self.shared.store.search_users(actor.key, prefix, self.shared.limits.page(limit)).await?)
    }

    /// The number of a user's own last change.
    ///
    /// # Errors
    /// `unavailable` when the database cannot be reached.
    pub async fn user_rev(&self, key: UserKey) -> Result<i64, ServiceError> {
        Ok(self.shared.store.user_rev(key).await?)
    }
}
