//! What a control answers.

use crate::simulator::{constant_contact::EditError, wire::SimResponse};

/// What a control gives: an answer, or why not.
pub(super) type Done = Result<SimResponse, Refusal>;

/// Why a control did nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Bad(String),
    #[error("{0}")]
    Missing(String),
    #[error("the body is not what this control takes: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Edit(#[from] EditError),
}

impl Refusal {
    pub(super) fn missing(what: &str) -> Self {
        Self::Missing(format!("there is no {what}"))
    }

    pub(super) fn needs(what: &str) -> Self {
        Self::Bad(format!("{what} is needed"))
    }
}
