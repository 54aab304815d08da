//! The place of a tag on a contact of Virtuous: what a removal needs (S1).

use super::VirtuousContactId;

/// The id of one tag's place on one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JoinId(pub i64);

/// What an answer told of the join of a tag on a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldJoin {
    /// The contact.
    pub contact: VirtuousContactId,
    /// The tag's name.
    pub name: String,
    /// The join; `None` where it is gone, or is one of several.
    pub join: Option<JoinId>,
}
