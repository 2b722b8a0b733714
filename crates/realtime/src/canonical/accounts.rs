//! Users on the wire.

use chat::accounts;

/// A user as others see him.
#[must_use]
pub fn user(user: &accounts::User) -> protocol::User {
    protocol::User {
        id: user.id.to_string(),
        name: user.profile.name.clone(),
        avatar_url: user.profile.avatar_url.clone(),
    }
}
