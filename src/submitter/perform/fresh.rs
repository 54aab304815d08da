//! A contact as it was read just before it is written.

use std::collections::BTreeSet;

use crate::{
    domain::{Person, email_key},
    virtuous::ReadContact,
};

/// What whole models are made of.
pub struct Fresh {
    /// As read.
    pub read: ReadContact,
    /// The subscriber's part of it.
    pub person: Person,
}

/// Whether two readings agree on what effects are planned by, fields apart. Times of modification do not count.
#[must_use]
pub fn same(one: &Person, other: &Person) -> bool {
    // The order of methods says nothing: it may be another one in each reading.
    let methods = |person: &Person| -> BTreeSet<_> {
        person.emails.iter().map(|method| (method.id, email_key(&method.value), method.opted_in)).collect()
    };
    let others = |person: &Person| -> BTreeSet<_> {
        person.others.iter().map(|it| (it.method.id, it.told, it.method.opted_in)).collect()
    };
    one.contact == other.contact
        && one.individual == other.individual
        && methods(one) == methods(other)
        && others(one) == others(other)
        && one.tags == other.tags
        && one.is_restricted() == other.is_restricted()
        && one.has_reference == other.has_reference
        && one.merged_into == other.merged_into
}
