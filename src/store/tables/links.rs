//! Which subjects a contact of Virtuous may concern: by link, by reference, by address (I2, I4).

use std::collections::BTreeSet;

use crate::{
    domain::{ContactId, Subject, VirtuousContact, VirtuousContactId, email_key},
    store::{
        engine::{Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key, id_at},
            subjects,
        },
    },
};

impl CustomerStore {
    /// The subjects linked to this Virtuous contact (I4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn linked_to(&self, contact: VirtuousContactId) -> Result<Vec<ContactId>, StoreError> {
        let customer = self.number;
        linked(&self.reader(), customer, contact)
    }
}

pub(in crate::store) fn linked(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: VirtuousContactId,
) -> Result<Vec<ContactId>, StoreError> {
    reader
        .scan_prefix(Key::links(customer, contact))
        .map(|entry| Ok(id_at(&entry?.0, HEAD + 8)))
        .filter_map(Result::transpose)
        .collect()
}

/// The subjects that a contact may concern: by its references, by an earlier link, by its addresses (I2).
pub(in crate::store) fn concerned(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: &VirtuousContact,
    source: &str,
) -> Result<Vec<ContactId>, StoreError> {
    let mut ids: BTreeSet<ContactId> = contact
        .references
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(source))
        .map(|(_, id)| ContactId::new(id))
        .collect();
    ids.extend(linked(reader, customer, contact.id)?);
    for method in contact.individuals.iter().flat_map(|individual| &individual.emails) {
        ids.extend(subjects::by_email(reader, customer, &email_key(&method.value))?);
    }
    Ok(ids.into_iter().collect())
}

/// The other subscribers of a subject's contact (I4).
pub(in crate::store) fn others(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = subject.virtuous.contacts();
    let [contact] = contacts.as_slice() else { return Ok(Vec::new()) };
    let mut linked = linked(reader, customer, *contact)?;
    linked.retain(|id| *id != subject.id);
    Ok(linked)
}
