//! Seconds as the report gives them.

use crate::clock::Stopwatch;

/// Seconds so far, to the hundredth.
pub(super) fn seconds_since(since: Stopwatch) -> f64 {
    (since.elapsed().as_secs_f64() * 100.0).round() / 100.0
}
