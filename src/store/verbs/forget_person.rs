//! Forgets a person: all that is kept of a subscriber goes in one group, so that a kill leaves it whole or gone; hashes stay, by which a
//! later reading is dropped.

use std::collections::BTreeSet;

use crate::{
    domain::{ContactId, Subject, Timestamp, VirtuousView, email_key},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        sealing::Sealing,
        tables::{
            actions,
            forgotten::{self, Forgotten, Who},
            index::Writer,
            intents,
            keys::{CustomerNo, HEAD, Key},
            kind::Kind,
            links, subjects,
        },
    },
    sync::consent,
};

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum ForgetOutcome {
    /// It is done.
    Done(Box<ForgottenPerson>),
    /// The customer knows no such contact.
    Unknown,
    /// An opt-out waits to be written since then: it goes first (P1).
    Owed(Timestamp),
    /// A write may be under way, or a contact is on its way through the import.
    UnderWay,
}

/// Who was forgotten.
#[derive(Debug, Clone, PartialEq)]
pub struct ForgottenPerson {
    /// As it was last known; `None` if only leavings of it were there.
    pub subject: Option<Subject>,
    /// Other subscribers of its contact in Virtuous.
    pub others: Vec<ContactId>,
    /// Hashes that stay.
    pub hashes: usize,
}

impl CustomerStore {
    /// Forgets the contact and its person. The turn under way ends first: it would keep what it read.
    ///
    /// # Errors
    /// When the store cannot read or write, or the key that seals the salt is missing.
    pub async fn forget_person(&self, id: ContactId, now: Timestamp) -> Result<ForgetOutcome, StoreError> {
        let _still = self.turns.without(self.number).await;
        let (customer, sealing) = (self.number, self.sealing.clone());
        // Years of actions are read beside the writer.
        let (store, named) = (self.clone(), id.to_string());
        let told = self.apart(move || actions::naming(&store.reader(), store.number, &named)).await?;
        let outcome = self
            .write(move |reader, changes| {
                let outcome = forget(reader, changes, (customer, &sealing), &id, now)?;
                if matches!(outcome, ForgetOutcome::Done(_)) {
                    for (key, without) in told {
                        // It may have been cut meanwhile.
                        if reader.get(&key)?.is_some() {
                            changes.put(key, without);
                        }
                    }
                }
                Ok(outcome)
            })
            .await?;
        self.hint_rooms.freed(customer);
        Ok(outcome)
    }

    /// When a person with this id or address was forgotten, and how many readings of it were dropped since.
    ///
    /// # Errors
    /// When the store cannot be read, or the key that seals the salt is missing.
    pub fn forgotten_since(&self, who: &str) -> Result<Option<(Timestamp, u64)>, StoreError> {
        let reader = self.reader();
        let forgotten = Forgotten::of(&reader, self.number, &self.sealing)?;
        let by_id = forgotten.since(&Who::Contact(&ContactId::new(who)))?;
        if by_id.is_some() { Ok(by_id) } else { forgotten.since(&Who::Address(&email_key(who))) }
    }
}

fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    (customer, sealing): (CustomerNo, &Sealing),
    id: &ContactId,
    now: Timestamp,
) -> Result<ForgetOutcome, StoreError> {
    let subject = subjects::read(reader, customer, id)?;
    if subject.is_none() && !has_leavings(reader, customer, id)? {
        return Ok(ForgetOutcome::Unknown);
    }
    if let Some(since) = subject.as_ref().and_then(|subject| subject.opt_out_owed_since) {
        return Ok(ForgetOutcome::Owed(since));
    }
    let is_on_its_way = subject.as_ref().is_some_and(|subject| subject.submission.is_some());
    if is_on_its_way || intents::read(reader, customer, id)?.is_some() {
        return Ok(ForgetOutcome::UnderWay);
    }
    let (mut addresses, mut others) = (BTreeSet::new(), Vec::new());
    if let Some(subject) = &subject {
        addresses = addresses_of(reader, customer, subject)?;
        others = forget_subject(reader, changes, customer, subject)?;
    }
    forget_hints(reader, changes, customer, (id, &addresses))?;
    forget_by_id(reader, changes, customer, id)?;
    let mut all = vec![Who::Contact(id)];
    all.extend(addresses.iter().map(|address| Who::Address(address)));
    forgotten::put(reader, changes, (customer, sealing), &all, now)?;
    let hashes = all.len();
    Ok(ForgetOutcome::Done(Box::new(ForgottenPerson { subject, others, hashes })))
}

/// The addresses that are the person's: those of the subscriber, now and before, and of its part of the Virtuous contact. An address
/// that another subscriber has now belongs to the other.
fn addresses_of(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<BTreeSet<String>, StoreError> {
    let mut addresses: BTreeSet<String> = consent::addresses(subject).into_iter().collect();
    addresses.extend(subject.cc.email_key());
    addresses.extend(subject.base.addresses().cloned());
    if let VirtuousView::Linked(person) = &subject.virtuous {
        addresses.extend(person.emails.iter().map(|method| email_key(&method.value)));
    }
    let mut own = BTreeSet::new();
    for address in addresses {
        let holders = subjects::by_email(reader, customer, &address)?;
        if holders.iter().all(|holder| *holder == subject.id) {
            own.insert(address);
        }
    }
    Ok(own)
}

/// The subject with its indexes and counts, and what is kept of its Virtuous contact, unless the contact is another subscriber's too. Gives
/// these.
fn forget_subject(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<ContactId>, StoreError> {
    let mut writer = Writer::new(reader, customer)?;
    writer.remove(changes, subject);
    writer.finish(changes)?;
    let mut all = Vec::new();
    for contact in subject.virtuous.contacts() {
        let mut others = links::linked(reader, customer, contact)?;
        others.retain(|other| *other != subject.id);
        if others.is_empty() {
            for kind in [Kind::Event, Kind::EventSeen, Kind::TagJoins] {
                changes.delete(Key::event(customer, kind, contact));
            }
            for method in subject.virtuous.person_of(contact).iter().flat_map(|person| &person.emails) {
                changes.delete(Key::own_opt_out(customer, method.id));
            }
        }
        all.append(&mut others);
    }
    Ok(all)
}

/// What is kept under the contact's id alone.
fn keys_by_id(customer: CustomerNo, id: &ContactId) -> [Key; 7] {
    [
        Key::subject(customer, id),
        Key::intent(customer, id),
        Key::cleared(customer, id),
        Key::missing(customer, id),
        Key::kept(customer, id),
        Key::set_aside(customer, id),
        Key::awaited_bounces(customer, id),
    ]
}

fn has_leavings(reader: &Reader<'_>, customer: CustomerNo, id: &ContactId) -> Result<bool, StoreError> {
    for key in keys_by_id(customer, id) {
        if reader.get(&key)?.is_some() {
            return Ok(true);
        }
    }
    Ok(reader.scan_prefix(Key::timelines(customer, id)).next().transpose()?.is_some())
}

fn forget_by_id(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<(), StoreError> {
    for key in keys_by_id(customer, id) {
        if reader.get(&key)?.is_some() {
            changes.delete(key);
        }
    }
    for entry in reader.scan_prefix(Key::timelines(customer, id)) {
        changes.delete(entry?.0);
    }
    Ok(())
}

/// The hints about the contact or an address of the person; there are some thousands at most.
fn forget_hints(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    (id, addresses): (&ContactId, &BTreeSet<String>),
) -> Result<(), StoreError> {
    let id = id.to_string();
    for entry in reader.scan_prefix(Key::of(customer, Kind::Hint)) {
        let (key, _) = entry?;
        // What it is about, and the length of the text.
        let text = String::from_utf8_lossy(key.get(HEAD + 3..).unwrap_or_default()).into_owned();
        if text.eq_ignore_ascii_case(&id) || addresses.contains(&email_key(&text)) {
            changes.delete(key);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "forget_person_test.rs"]
mod tests;
