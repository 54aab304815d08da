//! An opt-out in Virtuous that Tandem wrote (E5).

use super::{MethodId, Timestamp};

/// An opt-out that Tandem wrote on a method: no word of staff, for every subscriber whose address it is (E5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnOptOut {
    /// The method.
    pub method: MethodId,
    /// The date of the event that it was written for; `None` when unknown (P3).
    pub at: Option<Timestamp>,
    /// `modifiedDateTimeUtc` of the method in the answer to the write.
    pub modified_at: Option<Timestamp>,
}
