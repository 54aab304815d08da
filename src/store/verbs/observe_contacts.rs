//! Keeps what was read of Virtuous, on the subjects that it concerns (I2).

use crate::{
    domain::{CustomerRecord, ReadBy, VirtuousContact},
    store::{
        engine::{Changes, Reader, StoreError},
        tables::{
            customers,
            events::{self, EventDue},
            intents, links,
            loaded::Loaded,
            own_opt_outs,
        },
        verbs::{basis::Basis, follow_events},
    },
    sync::{
        self, consent,
        contact_reading::{ContactReading, PeopleObserved},
        events::is_from_before,
    },
};

/// Contacts that were read, with the customer's record as it stands after them.
#[derive(Debug, Clone)]
pub struct ContactsRead {
    /// The contacts.
    pub contacts: Vec<VirtuousContact>,
    /// How they were read (E1).
    pub by: ReadBy,
    /// The record, with the scan's or the query's progress; `None` to leave it.
    pub record: Option<CustomerRecord>,
    /// Events that this reading answers; they are forgotten with it, unless another came in meanwhile.
    pub answered: Vec<EventDue>,
}

impl ContactsRead {
    /// The contacts, merged ones first: where a contact went is known before the contact that it went into is looked at (I3).
    fn in_order(&self) -> impl Iterator<Item = &VirtuousContact> {
        let is_merged = |contact: &&VirtuousContact| contact.merged_into.is_some();
        let others = self.contacts.iter().filter(move |contact| !is_merged(contact));
        self.contacts.iter().filter(is_merged).chain(others)
    }
}

/// Keeps contacts of Virtuous on the subjects that they concern, with the progress of the reading, as a step of an operation.
/// Contacts that concern no subject are not kept.
pub(in crate::store) fn keep_contacts(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    read: &ContactsRead,
) -> Result<PeopleObserved, StoreError> {
    let Basis { customer, planner, now } = *basis;
    let scans = read.record.as_ref().is_some_and(CustomerRecord::is_to_scan);
    let reading = ContactReading::new(planner, read.by, scans, now);
    let mut observed = PeopleObserved::default();
    // Several contacts of a page may concern one subject: by its address, then by its reference.
    let mut loaded = Loaded::new(reader, customer);
    for contact in read.in_order() {
        for id in links::concerned(reader, customer, contact, &planner.rules.reference_source)? {
            let Some(subject) = loaded.get(&id)? else { continue };
            let Some(person) = reading.person_of(contact, subject) else { continue };
            let unsure = intents::is_write_unsure(reader, customer, subject)?;
            own_opt_outs::forget_all(changes, customer, sync::own_opt_outs::went_in(subject, &person));
            let doubt =
                (unsure || consent::is_opt_out_in_doubt(subject)).then(|| (subject.clone(), person.clone()));
            if reading.keep(subject, person, unsure, &mut observed) {
                if let Some((before, person)) = doubt {
                    let outs = sync::own_opt_outs::claimed(&before, subject, &person);
                    own_opt_outs::put_all(changes, customer, &outs)?;
                }
                loaded.changed(&id);
            }
        }
    }
    loaded.write(changes)?;
    for event in &read.answered {
        answer(reader, changes, basis, read, event)?;
    }
    if let Some(known) = customers::read(reader, customer)?
        && let Some(record) = reading.record_after(known, read.record.as_ref(), &observed)
    {
        customers::put(changes, &record)?;
    }
    Ok(observed)
}

/// Forgets an event that a reading answers. What lags behind the event answers nothing: a page has the contact read by itself, and the
/// contact itself is read again later (E1).
fn answer(
    reader: &Reader<'_>,
    changes: &mut Changes,
    basis: &Basis<'_>,
    read: &ContactsRead,
    event: &EventDue,
) -> Result<(), StoreError> {
    let Basis { customer, now, .. } = *basis;
    let told = events::seen(reader, customer, event.contact)?.and_then(|seen| seen.modified_at);
    let shown = read.contacts.iter().find(|contact| contact.id == event.contact);
    let shown = shown.and_then(|contact| contact.modified_at);
    if !is_from_before(told, shown, event.received_at, now) {
        return events::forget(reader, changes, customer, event);
    }
    match read.by {
        ReadBy::Page => follow_events::read_alone(reader, changes, customer, event),
        ReadBy::Id | ReadBy::Event => follow_events::put_off(reader, changes, customer, event, now),
    }
}
