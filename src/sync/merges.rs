//! Contacts of Virtuous that may have been merged without Tandem's knowledge (I3).

use crate::domain::{CustomerRules, Person, SegmentKey, VirtuousContact, VirtuousContactId};

/// A contact that may have been merged into another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MergeSuspect {
    /// The contact that may be gone.
    pub gone: VirtuousContactId,
    /// The contact that it may have gone into, which was read.
    pub into: VirtuousContactId,
}

/// A subscriber that a contact concerns and that is linked, to this contact or another one.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedSubscriber {
    /// Its part of the contact that it is linked to.
    pub person: Person,
    /// The tags that are agreed on for it.
    pub segments: Vec<(SegmentKey, String)>,
}

/// Whether a contact that was read could hide a merge: it is not merged away itself, and carries a tag that may be Tandem's.
#[must_use]
pub fn could_hide_merge(contact: &VirtuousContact, rules: &CustomerRules) -> bool {
    contact.merged_into.is_none() && contact.tags.iter().any(|tag| rules.may_own_tag(tag))
}

/// Contacts that may have gone into this one: a subscriber linked to them is found here, and here is newly a tag that Tandem put on
/// for that subscriber. Without the merge, that tag would be read as staff's choice for the subscribers linked here (S5).
#[must_use]
pub fn suspects_into(
    contact: &VirtuousContact,
    linked: &[LinkedSubscriber],
    rules: &CustomerRules,
) -> Vec<MergeSuspect> {
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        linked.iter().partition(|subscriber| subscriber.person.contact == contact.id);
    let is_new = |name: &String| here.iter().any(|subscriber| !subscriber.person.tags.contains(name));
    let tags = contact.tags.iter().filter(|tag| rules.may_own_tag(tag));
    let new: Vec<&String> = tags.filter(|name| is_new(name)).collect();
    let owns_new = |segments: &[(SegmentKey, String)]| segments.iter().any(|(_, name)| new.contains(&name));
    elsewhere
        .into_iter()
        .filter(|other| other.person.merged_into != Some(contact.id) && owns_new(&other.segments))
        .map(|other| MergeSuspect { gone: other.person.contact, into: contact.id })
        .collect()
}

/// Whether the same reading says where the contact went. A contact that was read before the merge, or that went into a third one, is
/// to be read again.
#[must_use]
pub fn is_told(suspect: MergeSuspect, contacts: &[VirtuousContact]) -> bool {
    contacts.iter().any(|contact| contact.id == suspect.gone && contact.merged_into == Some(suspect.into))
}

#[cfg(test)]
#[path = "merges_test.rs"]
mod tests;
