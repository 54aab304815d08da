//! The place of a tag on a contact of Virtuous: what a removal needs (S1).

use super::{TagId, VirtuousContactId};

/// The id of one tag's place on one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinId(pub i64);

/// The join of a tag, and the tag itself: staff may give the tag's name to another one (S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagPlace {
    /// The tag.
    pub tag: TagId,
    /// Its join.
    pub join: JoinId,
}

/// What an answer told of the join of a tag on a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldJoin {
    /// The contact.
    pub contact: VirtuousContactId,
    /// The tag's name then.
    pub name: String,
    /// The tag and its join; `None` where the join is gone, or is one of several.
    pub place: Option<TagPlace>,
}
