//! A week of edits, as it was played.

use crate::{clock::Stopwatch, domain::Timestamp, simulator::week::Week};

/// The week that was played.
pub(super) struct Played {
    pub(super) week: Week,
    pub(super) reviews_before: Vec<String>,
    pub(super) at: Timestamp,
    pub(super) began: Stopwatch,
    pub(super) seconds: Option<f64>,
}
