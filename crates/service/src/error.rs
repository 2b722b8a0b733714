use chat::Refusal;
use store::StoreError;

/// Why a use case was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ServiceError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not now: the database cannot be reached or does not keep up. Nothing was acknowledged.
    #[error("the database cannot be reached or does not keep up; try again")]
    Unavailable,
    /// Too much of this is under way.
    #[error("too many syncs are under way: at most {allowed} ({limit}); try again in {retry_after_ms} ms")]
    Busy {
        /// The limit that was passed.
        limit: &'static str,
        /// What it allows.
        allowed: u64,
        /// When to try again.
        retry_after_ms: u64,
    },
    /// A defect of ours.
    #[error("{0}")]
    Internal(&'static str),
    /// The store met something that it cannot explain.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => {
                tracing::warn!(why, "the database is unavailable");
                Self::Unavailable
            }
            other => Self::Store(other),
        }
    }
}
