//! Why a question has no answer.

use crate::store::StoreError;

/// Why a question has no answer, by what to do about it. Texts name the thing and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// A parameter is missing, is not of its type, or does not go with another: ask differently.
    #[error("{0}")]
    Malformed(String),
    /// What the question is about is not there.
    #[error("{0}")]
    Unknown(String),
    /// The caller may not ask this.
    #[error("{0}")]
    Forbidden(String),
    /// It cannot be done as things are.
    #[error("{0}")]
    Refused(String),
    /// The settings are wrong; the text names the file and the key.
    #[error("the settings are wrong:\n{0}")]
    Settings(String),
    /// The store or the service failed.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for OperatorError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}
