//! Why a command failed, and its exit code.

use crate::{config::ConfigErrors, operator::OperatorError, store::OpenError};

/// Why a command failed. Texts name the thing and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings are wrong: exit code 2.
    #[error("the settings are wrong:\n{0}")]
    Settings(#[from] ConfigErrors),
    /// The command was used wrongly: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// A failure in these words.
    #[must_use]
    pub fn failed(text: impl Into<String>) -> Self {
        Self::Failed(text.into())
    }

    /// The exit code (INTERFACE.md).
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::Usage(_) => 2,
            Self::Failed(_) => 1,
        }
    }
}

impl From<OperatorError> for CliError {
    fn from(error: OperatorError) -> Self {
        match error {
            OperatorError::Malformed(text) => Self::Usage(text),
            wrong @ OperatorError::Settings(_) => Self::Usage(wrong.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<OpenError> for CliError {
    fn from(error: OpenError) -> Self {
        Self::Failed(error.to_string())
    }
}
