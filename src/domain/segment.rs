//! What a tag stands for in Constant Contact.

use super::{CcTagId, ListId};

/// What a Virtuous tag stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKey {
    /// A list (S1).
    List(ListId),
    /// A Constant Contact tag (S6).
    Tag(CcTagId),
}
