//! A message that did not arrive.

use std::time::Duration;

/// Why a message did not arrive, in words without a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undelivered {
    /// What came back.
    pub why: String,
    /// How long the place asks to be left alone.
    pub not_before: Option<Duration>,
    /// Whether only this receiver was refused, and the server answers others.
    pub is_of_receiver: bool,
}

impl Undelivered {
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), not_before: None, is_of_receiver: false }
    }
}
