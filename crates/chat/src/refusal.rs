//! Why a rule said no. Knows no HTTP: each edge maps a refusal to its own code.

use std::fmt;

/// The name of the field that a refusal is about, as clients spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field(pub &'static str);

/// A limit by name (`docs/limits.md`) and what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The name in configuration, documents and error details.
    pub name: &'static str,
    /// What is allowed, in the unit that the name ends with.
    pub allowed: u64,
}

/// A domain rule's no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A value is not of the form that it must have.
    #[error("{message}")]
    Invalid {
        /// The field at fault.
        field: Field,
        /// What was given, what is allowed, what to do.
        message: String,
        /// The limit that was passed, where it is one.
        limit: Option<Limit>,
    },
    /// More bytes than a limit allows.
    #[error("{field} has {given} bytes; at most {} are allowed ({})", limit.allowed, limit.name)]
    TooLarge {
        /// The field at fault.
        field: Field,
        /// How many bytes it has.
        given: usize,
        /// The limit that was passed.
        limit: Limit,
    },
    /// More of something than a limit allows.
    #[error("{message}; at most {} are allowed ({})", limit.allowed, limit.name)]
    LimitReached {
        /// The field at fault.
        field: Field,
        /// What there would be too many of.
        message: String,
        /// The limit that was passed.
        limit: Limit,
    },
    /// The thing is not there, or not for this user to see.
    #[error("there is no such {what}, or you may not see it")]
    NotFound {
        /// What was looked for: `conversation`, `message`, `user`.
        what: &'static str,
    },
    /// The other's access policy or a block forbids it. The two are told alike, so that nobody learns which it is.
    #[error("you cannot write to this person")]
    NotAllowed,
    /// So much may be said before the other one accepts.
    #[error("your request waits for an answer; until then you cannot write more here")]
    RequestPending,
    /// The thing is his to see, and not to do this with.
    #[error("{message}")]
    Forbidden {
        /// Who may, or what else he can do.
        message: String,
    },
    /// Only others may write here.
    #[error("only moderators and above may write here")]
    ReadOnly,
    /// He wrote too short a time ago.
    #[error("a member writes here once in {slow_mode_s} s; try again in {retry_after_ms} ms")]
    SlowMode {
        /// How many seconds are between two messages.
        slow_mode_s: i64,
        /// When he may write again.
        retry_after_ms: u64,
    },
    /// The window for this has passed.
    #[error("{what} is possible for {} ms ({})", limit.allowed, limit.name)]
    TooLate {
        /// What was asked for: `editing`, `unsending`.
        what: &'static str,
        /// The window.
        limit: Limit,
    },
    /// The same id was used before, for something else.
    #[error("{message}")]
    Conflict {
        /// The field at fault.
        field: Field,
        /// What it clashes with.
        message: String,
    },
    /// This user did the same thing too often.
    #[error("too many messages: {} in {} ms are allowed (send_rate); try again in {retry_after_ms} ms", limit.allowed, window_ms)]
    RateLimited {
        /// The limit that was passed.
        limit: Limit,
        /// The window of the limit.
        window_ms: u64,
        /// When it will be allowed again.
        retry_after_ms: u64,
    },
}

impl Refusal {
    /// A value of the wrong form, no limit involved.
    #[must_use]
    pub fn invalid(field: Field, message: String) -> Self {
        Self::Invalid { field, message, limit: None }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
