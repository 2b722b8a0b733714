//! Names of things. Ids are what the world sees; keys are the database's own numbers and never leave the server.

use std::{fmt, str::FromStr, sync::Arc};

use uuid::Uuid;

use crate::refusal::{Field, Refusal};

/// The most characters that a user's id may have (`users.subject`).
pub const USER_ID_CHARS: usize = 128;

/// A user as the host app knows him: the subject of his token.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Arc<str>);

impl UserId {
    /// Accepts 1 to [`USER_ID_CHARS`] characters, none of them a control character, not only white space.
    ///
    /// # Errors
    /// `invalid`, naming `field`.
    pub fn parse(text: &str, field: &'static str) -> Result<Self, Refusal> {
        let chars = text.chars().count();
        if chars > USER_ID_CHARS {
            return Err(Refusal::invalid(
                Field(field),
                format!("a user id has at most {USER_ID_CHARS} characters; this one has {chars}"),
            ));
        }
        if text.trim().is_empty() {
            return Err(Refusal::invalid(Field(field), "a user id must not be empty".into()));
        }
        if text.chars().any(char::is_control) {
            return Err(Refusal::invalid(Field(field), "a user id must not hold control characters".into()));
        }
        Ok(Self(text.into()))
    }

    /// An id that was parsed before it was stored.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads any spelling of a UUID.
            ///
            /// # Errors
            /// `invalid`, naming `field`.
            pub fn parse(text: &str, field: &'static str) -> Result<Self, Refusal> {
                Self::from_str(text).map_err(|_| {
                    Refusal::invalid(Field(field), format!(concat!($what, " must be a UUID; got {:?}"), Excerpt(text)))
                })
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A conversation, as clients name it.
    ConversationId,
    "a conversation id"
);
uuid_id!(
    /// A message, as the client that wrote it named it: unique in its conversation.
    MessageId,
    "a message id"
);

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);
    };
}

key!(
    /// The database's number of a user.
    UserKey
);
key!(
    /// The database's number of a conversation; every key inside a conversation leads with it.
    ConversationKey
);

/// The first characters of what somebody sent, for an error message.
struct Excerpt<'a>(&'a str);

impl fmt::Debug for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown: String = self.0.chars().take(40).collect();
        if shown.len() < self.0.len() {
            shown.push('…');
        }
        fmt::Debug::fmt(&shown, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_may_have_128_characters_and_no_more() {
        assert!(UserId::parse(&"ü".repeat(128), "user_id").is_ok());
        let refusal = UserId::parse(&"ü".repeat(129), "user_id").unwrap_err();
        assert!(matches!(refusal, Refusal::Invalid { field: Field("user_id"), .. }));
    }

    #[test]
    fn empty_blank_and_control_characters_are_no_user_id() {
        for text in ["", "  ", "a\0b", "a\nb"] {
            assert!(UserId::parse(text, "user_id").is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_malformed_uuid_is_refused_with_an_excerpt_of_it() {
        let refusal = ConversationId::parse(&"x".repeat(5000), "conversation_id").unwrap_err();
        assert!(refusal.to_string().len() < 200, "{refusal}");
    }
}
