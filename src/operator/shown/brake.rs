//! The brake, where it holds (B1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{CustomerRecord, Held, Timestamp};

/// The brake, where it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrakeView {
    /// What would be written to how many.
    pub reason: String,
    /// How many subscribers wait.
    pub count: u64,
    /// Since when it holds.
    pub since: Timestamp,
}

impl BrakeView {
    /// The brake of a customer, if it holds.
    #[must_use]
    pub fn of(record: &CustomerRecord) -> Option<Self> {
        let Held { since, count, reason } = record.brake.held.as_ref()?;
        Some(Self { reason: reason.to_string(), count: *count, since: *since })
    }
}
