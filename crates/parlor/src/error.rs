use std::process::ExitCode;

use store::StoreError;

/// Why the program ends, in words that name the value, where it came from, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A setting is wrong or missing. Exit code 2, as for wrong arguments.
    #[error("{0}")]
    Config(String),
    /// Something outside did not work: a port, a file, a database. Exit code 1.
    #[error("{0}")]
    Outside(String),
    /// `doctor` found something; it has said what. Exit code 1.
    #[error("{0} of the checks above failed")]
    Unwell(usize),
    /// `check` found something; it has said what. Exit code 1.
    #[error("{0} of the rules above are broken; docs/operations.md says what to do")]
    Inconsistent(usize),
    /// `check` could not look. Exit code 2, so that it is not taken for a finding.
    #[error("nothing was checked: {0}")]
    Unchecked(String),
}

impl Failure {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Config(_) | Self::Unchecked(_) => 2,
            Self::Outside(_) | Self::Unwell(_) | Self::Inconsistent(_) => 1,
        })
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Config(message) => Self::Config(message),
            other => Self::Outside(other.to_string()),
        }
    }
}
