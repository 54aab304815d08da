//! An opt-out that Tandem wrote, on disk, version 1 (E5).

use serde::{Deserialize, Serialize};

use crate::domain::{MethodId, OwnOptOut};

use super::time::{Millis, millis, time};

/// The date of the event, and the method's own date after the write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnOptOutV1(Option<Millis>, Option<Millis>);

impl From<&OwnOptOut> for OwnOptOutV1 {
    fn from(own: &OwnOptOut) -> Self {
        Self(millis(own.at), millis(own.modified_at))
    }
}

impl OwnOptOutV1 {
    /// The opt-out of this method.
    #[must_use]
    pub fn of(self, method: MethodId) -> OwnOptOut {
        OwnOptOut { method, at: time(self.0), modified_at: time(self.1) }
    }
}
