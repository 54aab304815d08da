//! Events of Virtuous about one contact (V1).

use super::{Timestamp, VirtuousContact, VirtuousContactId};

/// An event about one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactEvent {
    /// The contact.
    pub contact: VirtuousContactId,
    /// A hash of the event's id, or of what it says where it has none; `None` if neither tells it from another.
    pub content: Option<u64>,
    /// When the contact was last changed, by the event's own copy of it.
    pub modified_at: Option<Timestamp>,
    /// The contact as the event tells it, if it does.
    pub told: Option<Box<VirtuousContact>>,
}
