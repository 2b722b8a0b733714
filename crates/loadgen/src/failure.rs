//! What can end a run.

use std::io;

pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// A run that cannot go on; the text is for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("network: {0}")]
    Io(#[from] io::Error),
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot sign a token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    #[error("the server refused: {0}")]
    Refused(String),
    #[error("the server closed connection {0}")]
    Closed(usize),
    #[error("not the protocol that was expected: {0}")]
    Protocol(&'static str),
    #[error("nothing came for {seconds} s: {state}")]
    Stalled { seconds: u64, state: String },
    #[error("{0}")]
    Usage(String),
}
