use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, retry: $retry:literal, reconnect: $reconnect:literal;)*) => {
        /// Every error code there is: stable, the same over Socket.IO and REST.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)*
        }

        impl ErrorCode {
            /// All of them, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The code as it is on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status that REST answers with.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// May the same request succeed later, unchanged?
            #[must_use]
            pub fn retryable(self) -> bool {
                match self { $(Self::$name => $retry,)* }
            }

            /// May a client whose connection ended with this connect again by itself?
            #[must_use]
            pub fn reconnect(self) -> bool {
                match self { $(Self::$name => $reconnect,)* }
            }
        }
    };
}

codes! {
    /// No credential, or one that is malformed, expired, or of a foreign issuer.
    Unauthenticated = "unauthenticated", 401, retry: false, reconnect: false;
    /// Known, but not allowed to.
    Forbidden = "forbidden", 403, retry: false, reconnect: false;
    /// Not there, or not for you to see: the two answer alike.
    NotFound = "not_found", 404, retry: false, reconnect: true;
    /// A value is missing or not of the form that it must have; `field` names it.
    Invalid = "invalid", 400, retry: false, reconnect: true;
    /// More bytes than `limit` allows.
    TooLarge = "too_large", 413, retry: false, reconnect: true;
    /// More of something than `limit` allows.
    LimitReached = "limit_reached", 409, retry: false, reconnect: true;
    /// Too often; `retry_after_ms` says when it will be allowed again.
    RateLimited = "rate_limited", 429, retry: true, reconnect: true;
    /// The other's access policy or a block forbids it; the two answer alike.
    NotAllowed = "not_allowed", 403, retry: false, reconnect: true;
    /// The message request was not answered yet.
    RequestPending = "request_pending", 409, retry: false, reconnect: true;
    /// The id or key was used before, for something else.
    Conflict = "conflict", 409, retry: false, reconnect: true;
    /// Nobody of your role may write here.
    ReadOnly = "read_only", 403, retry: false, reconnect: true;
    /// This conversation takes one message per interval.
    SlowMode = "slow_mode", 429, retry: true, reconnect: true;
    /// The window for this has passed.
    TooLate = "too_late", 409, retry: false, reconnect: true;
    /// The server cannot do this right now (its database, mostly).
    Unavailable = "unavailable", 503, retry: true, reconnect: true;
    /// The client did not read fast enough.
    SlowConsumer = "slow_consumer", 503, retry: true, reconnect: true;
    /// The node is going away.
    Draining = "draining", 503, retry: true, reconnect: true;
    /// A defect of the server; the answer holds a trace id and nothing else.
    Internal = "internal", 500, retry: true, reconnect: true;
}

/// What went wrong. `error` of a failed acknowledgement, and `data` of a Socket.IO `connect_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Error {
    /// The stable code; switch on this.
    pub code: ErrorCode,
    /// For people: what was given, what is allowed, what to do.
    pub message: String,
    /// The field at fault, as it is spelled in the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the limit that was passed allows; its name is in the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// How many milliseconds to wait before the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// May the same request succeed later, unchanged?
    pub retryable: bool,
}

impl Error {
    /// An error of this code.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message, field: None, limit: None, retry_after_ms: None, retryable: code.retryable() }
    }

    /// The same, naming the field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

/// The acknowledgement of a client event: `{ok: true, …}` or `{ok: false, error}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Ack<T> {
    /// It was done.
    Ok {
        /// Always true.
        ok: bool,
        /// The answer's own fields.
        #[serde(flatten)]
        answer: T,
    },
    /// It was not.
    Refused {
        /// Always false.
        ok: bool,
        /// Why.
        error: Error,
    },
}

impl<T> From<Result<T, Error>> for Ack<T> {
    fn from(result: Result<T, Error>) -> Self {
        match result {
            Ok(answer) => Self::Ok { ok: true, answer },
            Err(error) => Self::Refused { ok: false, error },
        }
    }
}

/// The body of a REST error: problem details (RFC 9457), `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Always `about:blank`: the status and the code say what kind of problem it is.
    pub r#type: String,
    /// The code in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The same as the error's message.
    pub detail: String,
    /// The error, as over Socket.IO.
    #[serde(flatten)]
    pub error: Error,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error.code.as_str();
        Self {
            r#type: "about:blank".to_owned(),
            title: code.replace('_', " "),
            status: error.code.status(),
            detail: error.message.clone(),
            error,
        }
    }
}
