//! A customer whose subscribers are read anew, because a person asked for it or because the store is a backup's (E5).

use super::Timestamp;

/// A customer is read anew: what was known of its subscribers goes, both sides are read whole, and nothing is written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anew {
    /// Since when.
    pub since: Timestamp,
    /// Whether what was known of the subscribers is gone by now.
    pub is_dropped: bool,
    /// Whether more may have been submitted than is known, since the store is a backup's.
    pub is_past_unknown: bool,
}
