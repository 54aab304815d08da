//! Who is found by what (I2), from the records themselves and not from Virtuous' own indexes.

use std::collections::{HashMap, HashSet};

use crate::simulator::virtuous::organisation::Organisation;

/// How a subscriber is found in Virtuous.
pub(super) enum Link {
    /// By its reference.
    Reference(i64),
    /// By its address, once.
    Email(i64),
    /// By its address, more than once: review, never guess.
    Several,
    /// Its reference is on so many contacts.
    Doubled(usize),
    /// Not at all.
    None,
}

/// Contacts by reference and address, merges followed.
pub(super) struct Index {
    by_reference: HashMap<Box<str>, Vec<i64>>,
    by_email: HashMap<String, Vec<i64>>,
    /// References of rows that are still with the import.
    pub(super) submitted: HashSet<Box<str>>,
}

impl Index {
    pub(super) fn new(organisation: &Organisation, source: &str) -> Self {
        let holding = &organisation.holding;
        let rows = holding.rows().iter().chain(holding.update_needed()).chain(holding.refused());
        let submitted = rows.filter_map(|held| held.row.reference_id.clone()).collect();
        let mut index = Self { by_reference: HashMap::new(), by_email: HashMap::new(), submitted };
        for contact in organisation.book.contacts() {
            let Some(holder) = organisation.book.follow(contact.id).map(|winner| winner.id) else { continue };
            for held in contact.references.iter().filter(|held| &*held.source == source) {
                add(index.by_reference.entry(held.id.clone()).or_default(), holder);
            }
            if contact.merged_into.is_none() {
                for method in contact.methods().filter(|method| method.is_email()) {
                    add(index.by_email.entry(method.value.to_lowercase()).or_default(), contact.id);
                }
            }
        }
        index
    }

    /// The contacts with an address.
    pub(super) fn holders(&self, address: &str) -> &[i64] {
        self.by_email.get(&address.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn link(&self, id: &str, address: Option<&str>) -> Link {
        match self.by_reference.get(id).map_or(&[][..], Vec::as_slice) {
            [] => match address.map_or(&[][..], |address| self.holders(address)) {
                [] => Link::None,
                [one] => Link::Email(*one),
                _ => Link::Several,
            },
            [one] => Link::Reference(*one),
            several => Link::Doubled(several.len()),
        }
    }
}

fn add(held: &mut Vec<i64>, id: i64) {
    if !held.contains(&id) {
        held.push(id);
    }
}
