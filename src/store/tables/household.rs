//! The subscribers of one contact (I4).

use crate::{
    domain::{ContactId, CustomerRules, Subject, VirtuousContactId},
    store::{
        engine::{Reader, StoreError},
        handle::CustomerStore,
        tables::{braked, keys::CustomerNo, links, own_opt_outs, subjects},
    },
    sync::Household,
};

impl CustomerStore {
    /// The others of a subject's household (I4).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn household(&self, subject: &Subject, rules: &CustomerRules) -> Result<Household, StoreError> {
        let customer = self.number;
        household(&self.reader(), customer, subject, rules)
    }
}

/// The other subscribers of a subject's contact (I4).
pub(in crate::store) fn others(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = subject.virtuous.contacts();
    let [contact] = contacts.as_slice() else { return Ok(Vec::new()) };
    let mut linked = links::linked(reader, customer, *contact)?;
    linked.retain(|id| *id != subject.id);
    Ok(linked)
}

/// The others of a subject's household (I4).
pub(in crate::store) fn household(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
    rules: &CustomerRules,
) -> Result<Household, StoreError> {
    let cleared = braked::is_cleared(reader, customer, subject)?;
    let own_opt_outs = own_opt_outs::of(reader, customer, subject)?;
    let mut household = Household { cleared, own_opt_outs, ..Household::default() };
    for id in others(reader, customer, subject)? {
        if let Some(other) = subjects::read(reader, customer, &id)? {
            household.add(subject, other, rules);
        }
    }
    for contact in subject.further().iter().map(|person| person.contact) {
        if has_another(reader, customer, subject, contact)? {
            household.taken.push(contact);
        }
    }
    Ok(household)
}

/// Whether another living subscriber with the address is linked to a contact: the address is theirs alone there (P6).
fn has_another(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
    contact: VirtuousContactId,
) -> Result<bool, StoreError> {
    for id in links::linked(reader, customer, contact)? {
        if id == subject.id {
            continue;
        }
        let Some(other) = subjects::read(reader, customer, &id)? else { continue };
        if other.cc.deletion.is_none() && other.cc.email_key() == subject.cc.email_key() {
            return Ok(true);
        }
    }
    Ok(false)
}
