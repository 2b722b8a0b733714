//! What few messages have beside a text. It is stored as one document in a message's row, so that a message that has
//! nothing of it costs nothing, and one that has it no second look.

use sha2::Digest;

use crate::mentions::Mentions;

/// All of it; empty for most messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Whom it names.
    pub mentions: Mentions,
}

impl Extras {
    /// Whether there is nothing of it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mentions.is_empty()
    }

    /// Adds what tells one request from another.
    pub(crate) fn hash_into(&self, hash: &mut impl Digest) {
        let Self { mentions } = self;
        hash.update([u8::from(mentions.all)]);
        for user in &mentions.users {
            // No id holds NUL.
            hash.update(user.as_str());
            hash.update([0]);
        }
    }
}
