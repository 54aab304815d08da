//! What was in Virtuous before, so that nothing of it is lost or changed that is not Tandem's.

use std::{
    collections::BTreeSet,
    hash::{Hash, Hasher},
};

use xxhash_rust::xxh3::Xxh3;

use super::{CompareRules, Comparison};
use crate::simulator::virtuous::{
    model::Contact,
    organisation::Organisation,
    snapshot::{VirtuousSnapshot, Was},
};

impl Was {
    fn of(organisation: &Organisation, contact: &Contact, prefix: &str) -> Self {
        Self {
            staff_tags: staff_tags(organisation, contact, prefix),
            individuals: contact.individuals.iter().map(|person| person.id).collect(),
            methods: contact.methods().map(|method| method.id).collect(),
            notes: organisation.notes_of(contact.id).count(),
            print: print(contact),
        }
    }
}

fn staff_tags(organisation: &Organisation, contact: &Contact, prefix: &str) -> BTreeSet<i64> {
    let owned = |id: i64| organisation.tag(id).is_some_and(|tag| tag.name.starts_with(prefix));
    contact.tags.iter().map(|join| join.tag).filter(|id| !owned(*id)).collect()
}

fn print(contact: &Contact) -> u64 {
    let mut hasher = Xxh3::new();
    (contact.archived, contact.private, &contact.extras, contact.merged_into).hash(&mut hasher);
    for person in &contact.individuals {
        (person.id, &person.extras, person.deceased).hash(&mut hasher);
    }
    hasher.finish()
}

impl VirtuousSnapshot {
    /// Remembers an organisation; tags that begin with `prefix` are not staff's.
    #[must_use]
    pub fn take(organisation: &Organisation, prefix: &str) -> Self {
        let was = |contact: &Contact| (contact.id, Was::of(organisation, contact, prefix));
        Self { contacts: organisation.book.contacts().iter().map(was).collect() }
    }

    /// Takes over what a person in the CRM did to a contact.
    pub fn update(&mut self, organisation: &Organisation, contact: i64, prefix: &str) {
        if let Some(contact) = organisation.book.contact(contact) {
            self.contacts.insert(contact.id, Was::of(organisation, contact, prefix));
        } else {
            self.contacts.remove(&contact);
        }
    }

    pub(super) fn compare(&self, organisation: &Organisation, rules: &CompareRules, found: &mut Comparison) {
        for (id, was) in &self.contacts {
            let name = format!("virtuous:{id}");
            let Some(contact) = organisation.book.contact(*id) else {
                found.differ(name, "deleted", "the contact", "none");
                continue;
            };
            let missing = |label: &str, before: &[i64], now: &[i64]| {
                let gone: Vec<String> =
                    before.iter().filter(|id| !now.contains(id)).map(ToString::to_string).collect();
                (!gone.is_empty()).then(|| format!("{label} {}", gone.join(", ")))
            };
            let people: Vec<i64> = contact.individuals.iter().map(|person| person.id).collect();
            let methods: Vec<i64> = contact.methods().map(|method| method.id).collect();
            let notes = organisation.notes_of(*id).count();
            let gone = missing("individuals", &was.individuals, &people)
                .or_else(|| missing("methods", &was.methods, &methods))
                .or_else(|| (notes < was.notes).then(|| format!("{} notes", was.notes - notes)));
            if let Some(gone) = gone {
                found.differ(&name, "deleted", gone, "none");
            }
            let tags = staff_tags(organisation, contact, &rules.tag_prefix);
            if tags != was.staff_tags {
                found.differ(&name, "staff", format!("tags {:?}", was.staff_tags), format!("{tags:?}"));
            }
            if print(contact) != was.print {
                found.differ(&name, "staff", "the contact's own data as it was", "changed");
            }
        }
    }
}
