//! Segments: the memberships that Constant Contact shows, and the tags that Tandem put on for them (S1, S2, S5).

use std::collections::BTreeSet;

use crate::domain::{CcView, CustomerRules, Parts, Permission, Person, SegmentKey, Subject};

use super::Mapping;

/// The segments that Constant Contact says the subscriber is in.
#[must_use]
pub fn memberships(cc: &CcView, rules: &CustomerRules) -> BTreeSet<SegmentKey> {
    if cc.deletion.is_some() {
        return BTreeSet::new();
    }
    let lists = cc.lists.iter().cloned().map(SegmentKey::List);
    let tags = cc.tags.iter().filter(|_| rules.cc_tags).cloned().map(SegmentKey::Tag);
    lists.chain(tags).collect()
}

/// Whether staff of Virtuous may change memberships of this subscriber (S5).
#[must_use]
pub fn staff_may_change(subject: &Subject, rules: &CustomerRules) -> bool {
    rules.two_way && subject.cc.deletion.is_none() && subject.cc.permission != Permission::Unsubscribed
}

/// Whether the contact's tags were not looked at yet, so that they are not staff's choice: at first connect, and when an import
/// has just put them on (S2).
#[must_use]
pub fn is_first_look(subject: &Subject) -> bool {
    subject.base.consent.is_none() && (subject.base.email.is_none() || subject.fresh_since.is_some())
}

/// Makes the tags Tandem's that a reading newly shows while the outcome of an earlier write is unknown: otherwise they would look
/// like staff's (S2, S5).
pub fn own_new_tags(subject: &mut Subject, person: &Person, mapping: &Mapping) {
    if subject.virtuous.linked().is_some_and(|known| known.contact == person.contact) {
        own_tags(subject, &person.tags, mapping);
    }
}

/// Makes the tags Tandem's that a reading is the first to tell, after others that left them out: this is the first look at them,
/// and none is staff's choice (E2, S2).
pub fn own_first_told_tags(subject: &mut Subject, person: &Person, mapping: &Mapping) {
    let was_unknown = subject
        .virtuous
        .linked()
        .is_some_and(|known| known.contact == person.contact && known.gaps.unknown.has(Parts::TAGS));
    if was_unknown && !person.gaps.unknown.has(Parts::TAGS) {
        own_tags(subject, &person.tags, mapping);
    }
}

/// Makes the tags Tandem's that stand for a segment and that the contact did not carry before (S2).
pub fn own_tags(subject: &mut Subject, names: &[String], mapping: &Mapping) {
    let shown = subject.virtuous.linked().map(|known| known.tags.clone()).unwrap_or_default();
    for name in names.iter().filter(|name| !shown.contains(name)) {
        let is_known = subject.base.segments.iter().any(|(_, known)| known == name);
        if let (Some(segment), false) = (mapping.by_name.get(name), is_known) {
            subject.base.segments.push((segment.clone(), name.clone()));
        }
    }
    subject.base.segments.sort();
}
