//! From the domain's refusals to the wire's codes: exhaustive, in one place.

use std::hash::{BuildHasher, Hasher, RandomState};

use protocol::{Error, ErrorCode, Malformed};
use service::{ServiceError, chat::Refusal};

pub(crate) fn from_service(error: ServiceError) -> Error {
    match error {
        ServiceError::Refused(refusal) => from_refusal(refusal),
        ServiceError::Unavailable => Error::new(ErrorCode::Unavailable, error.to_string()),
        ServiceError::Busy { allowed, retry_after_ms, .. } => Error {
            limit: Some(allowed),
            retry_after_ms: Some(retry_after_ms),
            ..Error::new(ErrorCode::RateLimited, error.to_string())
        },
        ServiceError::Internal(_) | ServiceError::Store(_) => internal(&error),
    }
}

/// A defect of ours: logged under a trace id, of which alone the client is told.
pub(crate) fn internal(error: &dyn std::fmt::Display) -> Error {
    // Each state is seeded anew, by the system's randomness and a counter.
    let trace = format!("{:016x}", RandomState::new().build_hasher().finish());
    tracing::error!(%error, trace, "a request met a defect");
    Error::new(
        ErrorCode::Internal,
        format!("something went wrong on the server; its log has it under {trace}"),
    )
}

pub(crate) fn from_refusal(refusal: Refusal) -> Error {
    let message = refusal.to_string();
    match refusal {
        Refusal::Invalid { field, limit, .. } => {
            let error = Error::new(ErrorCode::Invalid, message).field(field.0);
            Error { limit: limit.map(|limit| limit.allowed), ..error }
        }
        Refusal::TooLarge { field, limit, .. } => {
            Error { limit: Some(limit.allowed), ..Error::new(ErrorCode::TooLarge, message).field(field.0) }
        }
        Refusal::LimitReached { field, limit, .. } => Error {
            limit: Some(limit.allowed),
            ..Error::new(ErrorCode::LimitReached, message).field(field.0)
        },
        Refusal::RequestPending => Error::new(ErrorCode::RequestPending, message),
        Refusal::NotAllowed => Error::new(ErrorCode::NotAllowed, message),
        Refusal::NotFound { .. } => Error::new(ErrorCode::NotFound, message),
        Refusal::ReadOnly => Error::new(ErrorCode::ReadOnly, message),
        Refusal::SlowMode { retry_after_ms, .. } => {
            Error { retry_after_ms: Some(retry_after_ms), ..Error::new(ErrorCode::SlowMode, message) }
        }
        Refusal::Forbidden { .. } => Error::new(ErrorCode::Forbidden, message),
        Refusal::TooLate { limit, .. } => {
            Error { limit: Some(limit.allowed), ..Error::new(ErrorCode::TooLate, message) }
        }
        Refusal::Conflict { field, .. } => Error::new(ErrorCode::Conflict, message).field(field.0),
        Refusal::RateLimited { limit, retry_after_ms, .. } => Error {
            limit: Some(limit.allowed),
            retry_after_ms: Some(retry_after_ms),
            ..Error::new(ErrorCode::RateLimited, message)
        },
    }
}

pub(crate) fn from_malformed(malformed: Malformed) -> Error {
    if malformed.field.is_empty() {
        return Error::new(ErrorCode::Invalid, format!("the payload cannot be read: {}", malformed.message));
    }
    Error::new(ErrorCode::Invalid, malformed.message).field(malformed.field)
}

/// Beyond `event_bytes`.
pub(crate) fn event_too_large(given: usize, allowed: usize) -> Error {
    let message = format!("the payload has {given} bytes; at most {allowed} are allowed (event_bytes)");
    Error { limit: Some(allowed as u64), ..Error::new(ErrorCode::TooLarge, message) }
}
