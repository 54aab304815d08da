//! The consent that both sides agreed on.

use super::Timestamp;

/// The consent that both sides last agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgreedConsent {
    /// Opted in or out.
    pub opted_in: bool,
    /// The date of the newest event that it rests on; `None` when unknown, which is no proof of anything (P3).
    pub at: Option<Timestamp>,
}
