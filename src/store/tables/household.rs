//! The subscribers of one contact (I4).

use crate::{
    domain::{CustomerRules, Subject, Timestamp, VirtuousContactId},
    store::{
        engine::{Reader, StoreError},
        handle::CustomerStore,
        tables::{braked, intents, keys::CustomerNo, links, own_opt_outs, subjects},
    },
    sync::{Household, consent, handed_on, own_opt_outs as sync_own},
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

/// The others of a subject's household (I4).
pub(in crate::store) fn household(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
    rules: &CustomerRules,
) -> Result<Household, StoreError> {
    let cleared = braked::is_cleared(reader, customer, subject)?;
    let own_opt_outs = own_opt_outs::of(reader, customer, subject)?;
    let handed_on = handed_on(reader, customer, subject)?;
    let mut household = Household { cleared, own_opt_outs, handed_on, ..Household::default() };
    for id in links::others(reader, customer, subject)? {
        if let Some(other) = subjects::read(reader, customer, &id)? {
            household.add(subject, other, rules);
        }
    }
    household.opt_out_unsure = opt_out_unsure(reader, customer, subject, rules)?;
    for contact in subject.further().iter().map(|person| person.contact) {
        if has_another(reader, customer, subject, contact)? {
            household.taken.push(contact);
        }
    }
    Ok(household)
}

/// When an opt-out of another subscriber was last sent to the subject's contact which may have arrived without its answer (E5).
fn opt_out_unsure(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
    rules: &CustomerRules,
) -> Result<Option<Timestamp>, StoreError> {
    let mut ids = links::others(reader, customer, subject)?;
    for address in consent::addresses(subject) {
        ids.extend(subjects::by_email(reader, customer, &address)?);
    }
    let contacts = subject.virtuous.contacts();
    let mut newest = None;
    for id in ids.into_iter().filter(|id| *id != subject.id) {
        let Some(at) = intents::write_since(reader, customer, &id)? else { continue };
        if let Some(other) = subjects::read(reader, customer, &id)?
            && sync_own::is_on_its_way(&other, &contacts, rules)
        {
            newest = newest.max(Some(at));
        }
    }
    Ok(newest)
}

/// The addresses that the subject had and another living subscriber has now (P6).
pub(in crate::store) fn handed_on(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<String>, StoreError> {
    let mut handed_on = Vec::new();
    for address in handed_on::had_before(subject) {
        for id in subjects::by_email(reader, customer, &address)? {
            let other = subjects::read(reader, customer, &id)?.filter(|other| other.id != subject.id);
            if other.is_some_and(|other| handed_on::is_handed_on(subject, &address, &other)) {
                handed_on.push(address);
                break;
            }
        }
    }
    Ok(handed_on)
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
