//! What makes Constant Contact's answers unreliable (E1), off at first; it comes and goes, as in Virtuous.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How answers differ from what is held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Unreliable {
    /// Reads and lists show contacts as they were so many milliseconds ago; answers to writes do not lag.
    pub lag_ms: u64,
}

impl Unreliable {
    pub(super) const fn lag(self) -> Duration {
        Duration::from_millis(self.lag_ms)
    }
}
