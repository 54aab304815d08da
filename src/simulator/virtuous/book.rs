//! The contacts of an organisation with their indexes: by id, reference, lower-case email, individual, method.
//!
//! A contact that is removed leaves an empty record behind, so an id is a position.

mod merge;
mod remove;

use std::{collections::HashMap, sync::Arc};

use super::model::{Contact, FieldValue, Individual, Method, NewIndividual, NewMethod, Reference};
use crate::domain::Timestamp;

const FIRST_CONTACT: i64 = 1_001;
const FIRST_INDIVIDUAL: i64 = 500_001;
const FIRST_METHOD: i64 = 2_000_001;
const GONE: u32 = u32::MAX;

/// The contacts and what finds them.
#[derive(Debug, Default)]
pub struct Book {
    contacts: Vec<Contact>,
    /// The contact of each individual, by id.
    individuals: Vec<u32>,
    /// The contact of each method, by id.
    methods: Vec<u32>,
    by_email: HashMap<Box<str>, Vec<u32>>,
    by_reference: HashMap<Box<str>, u32>,
    words: Vec<Arc<str>>,
}

fn email_key(address: &str) -> Box<str> {
    address.trim().to_lowercase().into_boxed_str()
}

fn reference_key(source: &str, id: &str) -> Box<str> {
    format!("{source}\u{0}{id}").into_boxed_str()
}

fn slot(id: i64, first: i64) -> Option<usize> {
    usize::try_from(id.checked_sub(first)?).ok()
}

fn next_id(len: usize, first: i64) -> i64 {
    first + i64::try_from(len).unwrap_or(0)
}

impl Book {
    /// Every contact, in the order of ids.
    #[must_use]
    pub fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// A contact.
    #[must_use]
    pub fn contact(&self, id: i64) -> Option<&Contact> {
        self.contacts.get(slot(id, FIRST_CONTACT)?).filter(|contact| !contact.removed)
    }

    /// A contact at a position that an index gave.
    pub(crate) fn at(&self, position: u32) -> Option<&Contact> {
        self.contacts.get(position as usize)
    }

    /// A contact to change in what no index knows: not its methods' addresses, references or individuals.
    pub(crate) fn contact_mut(&mut self, id: i64) -> Option<&mut Contact> {
        self.contacts.get_mut(slot(id, FIRST_CONTACT)?)
    }

    /// The contact at the end of a chain of merges.
    #[must_use]
    pub fn follow(&self, id: i64) -> Option<&Contact> {
        let mut contact = self.contact(id)?;
        // A chain cannot be longer than there are contacts; a ring would be a mistake of a test.
        for _ in 0..self.contacts.len() {
            match contact.merged_into {
                Some(winner) => contact = self.contact(winner)?,
                None => return Some(contact),
            }
        }
        None
    }

    /// The contact that carries a reference, exactly as written.
    #[must_use]
    pub fn by_reference(&self, source: &str, id: &str) -> Option<&Contact> {
        self.at(*self.by_reference.get(&reference_key(source, id))?)
    }

    /// The contacts with this email address on any individual, in the order of ids.
    pub fn by_email(&self, address: &str) -> impl Iterator<Item = &Contact> {
        let positions = self.by_email.get(&email_key(address)).map_or(&[][..], Vec::as_slice);
        positions.iter().filter_map(|position| self.at(*position))
    }

    pub(crate) fn positions_by_email(&self, address: &str) -> Vec<u32> {
        self.by_email.get(&email_key(address)).cloned().unwrap_or_default()
    }

    /// The contact of an individual.
    #[must_use]
    pub fn of_individual(&self, id: i64) -> Option<&Contact> {
        self.at(*self.individuals.get(slot(id, FIRST_INDIVIDUAL)?)?)
    }

    /// The contact of a method.
    #[must_use]
    pub fn of_method(&self, id: i64) -> Option<&Contact> {
        self.at(*self.methods.get(slot(id, FIRST_METHOD)?)?)
    }

    /// An individual.
    #[must_use]
    pub fn individual(&self, id: i64) -> Option<&Individual> {
        self.of_individual(id)?.individuals.iter().find(|person| person.id == id)
    }

    pub(crate) fn individual_mut(&mut self, id: i64) -> Option<&mut Individual> {
        let contact = self.of_individual(id)?.id;
        self.contact_mut(contact)?.individuals.iter_mut().find(|person| person.id == id)
    }

    /// A method.
    #[must_use]
    pub fn method(&self, id: i64) -> Option<&Method> {
        self.of_method(id)?.methods().find(|method| method.id == id)
    }

    pub(crate) fn method_mut(&mut self, id: i64) -> Option<&mut Method> {
        let contact = self.of_method(id)?.id;
        let people = &mut self.contact_mut(contact)?.individuals;
        people.iter_mut().flat_map(|person| &mut person.methods).find(|method| method.id == id)
    }

    /// One copy of a text that many records share.
    pub(crate) fn word(&mut self, text: &str) -> Arc<str> {
        if let Some(word) = self.words.iter().find(|word| &***word == text) {
            return Arc::clone(word);
        }
        let word: Arc<str> = text.into();
        self.words.push(Arc::clone(&word));
        word
    }

    /// Adds an empty contact.
    pub(crate) fn add_contact(&mut self, contact_type: &str, name: &str, at: Timestamp) -> i64 {
        let id = next_id(self.contacts.len(), FIRST_CONTACT);
        let contact_type = self.word(contact_type);
        self.contacts.push(Contact {
            id,
            contact_type,
            name: name.into(),
            individuals: Vec::new(),
            address: None,
            references: Vec::new(),
            tags: Vec::new(),
            custom_fields: Vec::new(),
            extras: None,
            merged_into: None,
            archived: false,
            private: false,
            removed: false,
            created: at,
            modified: at,
        });
        id
    }

    /// Adds a person with methods to a contact; returns the individual's id.
    pub(crate) fn add_individual(&mut self, contact: i64, new: &NewIndividual, at: Timestamp) -> Option<i64> {
        let id = next_id(self.individuals.len(), FIRST_INDIVIDUAL);
        let position = slot(contact, FIRST_CONTACT)?;
        let target = self.contacts.get_mut(position)?;
        let primary = target.individuals.is_empty();
        let extras = (new.extras != Default::default()).then(|| Box::new(new.extras.clone()));
        target.individuals.reserve_exact(1);
        target.individuals.push(Individual {
            id,
            first_name: new.first_name.as_str().into(),
            last_name: new.last_name.as_str().into(),
            methods: Vec::with_capacity(new.methods.len()),
            custom_fields: Vec::new(),
            extras,
            primary,
            deceased: new.deceased,
            created: at,
            modified: at,
        });
        self.individuals.push(u32::try_from(position).unwrap_or(GONE));
        for method in &new.methods {
            self.add_method(id, method, at);
        }
        Some(id)
    }

    /// Adds a method to an individual; returns its id.
    pub(crate) fn add_method(&mut self, individual: i64, new: &NewMethod, at: Timestamp) -> Option<i64> {
        let id = next_id(self.methods.len(), FIRST_METHOD);
        let contact = self.of_individual(individual)?.id;
        let kind = self.word(if new.kind.is_empty() { "Home Email" } else { &new.kind });
        let person = self.individual_mut(individual)?;
        let mut method = Method {
            id,
            kind,
            value: new.value.as_str().into(),
            opted_in: new.opted_in,
            writer: new.writer,
            primary: false,
            created: at,
            modified: new.modified.unwrap_or(at),
        };
        method.primary = !person.methods.iter().any(|other| other.is_email() == method.is_email());
        person.methods.reserve_exact(1);
        let address = method.is_email().then(|| method.value.clone());
        person.methods.push(method);
        let position = u32::try_from(slot(contact, FIRST_CONTACT)?).unwrap_or(GONE);
        self.methods.push(position);
        if let Some(address) = address {
            self.index_email(&address, position);
        }
        Some(id)
    }

    /// Changes the type and value of a method, and the index with it.
    pub(crate) fn set_method_value(&mut self, id: i64, kind: &str, value: &str) {
        let kind = self.word(kind);
        let Some(position) = slot(id, FIRST_METHOD).and_then(|at| self.methods.get(at).copied()) else {
            return;
        };
        let Some(method) = self.method_mut(id) else { return };
        let was_email = method.is_email();
        let old = std::mem::replace(&mut method.value, value.into());
        method.kind = kind;
        let is_email = method.is_email();
        if was_email {
            self.unindex_email(&old, position);
        }
        if is_email {
            self.index_email(value, position);
        }
    }

    /// Puts a reference on a contact.
    pub(crate) fn add_reference(&mut self, contact: i64, source: &str, id: &str) {
        let source = self.word(source);
        let Some(position) = slot(contact, FIRST_CONTACT) else { return };
        let Some(target) = self.contacts.get_mut(position) else { return };
        self.by_reference.insert(reference_key(&source, id), u32::try_from(position).unwrap_or(GONE));
        if !target.references.iter().any(|held| held.source == source && &*held.id == id) {
            target.references.reserve_exact(1);
            target.references.push(Reference { source, id: id.into() });
        }
    }

    /// Takes a reference off; returns the contact that had it.
    pub(crate) fn remove_reference(&mut self, source: &str, id: &str) -> Option<i64> {
        let position = self.by_reference.remove(&reference_key(source, id))?;
        let contact = self.contacts.get_mut(position as usize)?;
        contact.references.retain(|held| !(&*held.source == source && &*held.id == id));
        Some(contact.id)
    }

    fn index_email(&mut self, address: &str, position: u32) {
        let held = self.by_email.entry(email_key(address)).or_default();
        if let Err(at) = held.binary_search(&position) {
            held.reserve_exact(1);
            held.insert(at, position);
        }
    }

    /// Forgets an address of a contact, unless another of its methods has it too.
    fn unindex_email(&mut self, address: &str, position: u32) {
        let still =
            self.at(position).is_some_and(|contact| contact.methods().any(|m| m.has_address(address)));
        if still {
            return;
        }
        let key = email_key(address);
        if let Some(held) = self.by_email.get_mut(&key) {
            held.retain(|other| *other != position);
            if held.is_empty() {
                self.by_email.remove(&key);
            }
        }
    }
}

/// Sets or clears a custom field's value.
pub(crate) fn set_field(values: &mut Vec<FieldValue>, field: u16, value: &str) {
    values.retain(|held| held.field != field);
    if !value.is_empty() {
        values.reserve_exact(1);
        values.push(FieldValue { field, value: value.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(first: &str, email: &str) -> NewIndividual {
        NewIndividual {
            first_name: first.to_owned(),
            last_name: "Lee".to_owned(),
            methods: vec![NewMethod::email(email, true)],
            ..NewIndividual::default()
        }
    }

    #[test]
    fn addresses_are_found_ignoring_case_and_follow_a_change() {
        let mut book = Book::default();
        let contact = book.add_contact("Household", "Lee", Timestamp::EPOCH);
        let individual = book.add_individual(contact, &person("Dana", "Dana@Example.com"), Timestamp::EPOCH);
        let method = book.individual(individual.unwrap()).unwrap().methods[0].id;
        assert_eq!(book.by_email("dana@example.COM").count(), 1);
        book.set_method_value(method, "Home Email", "new@example.com");
        assert_eq!(book.by_email("dana@example.com").count(), 0);
        assert_eq!(book.by_email("new@example.com").count(), 1);
    }
}
