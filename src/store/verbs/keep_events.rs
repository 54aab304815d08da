//! Keeps events of Virtuous, durable before they are acknowledged (V1).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    domain::{ContactEvent, ReadBy, Timestamp, VirtuousContact, VirtuousContactId},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            customers,
            events::{self, EventsKept},
            intents,
            keys::CustomerNo,
            links,
            loaded::Loaded,
            reference_data::SharedPlanner,
            stored::EventDueV1,
        },
    },
    sync::{
        Planner,
        contact_reading::{ContactReading, PeopleObserved},
        events::{EventKind, EventSeen},
        reconcile, unseen, waiting,
    },
};

/// Distinct contacts of one delivery whose events are kept.
pub const EVENTS_OF_A_DELIVERY_MAX: usize = 5_000;
/// Contacts of a customer that wait to be read because of events, at most.
pub const EVENTS_KEPT_MAX: usize = 10_000;

impl CustomerStore {
    /// Keeps events, and says what they are: of a delivery and of a customer so many, and those beyond are one wish that the contacts
    /// that changed are queried soon (V2). Several about one contact are one reading. An event that says what is known of its
    /// contact costs no reading, where `planner` can tell (V3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn keep_events(
        &self,
        events: Vec<ContactEvent>,
        planner: Option<SharedPlanner>,
        now: Timestamp,
    ) -> Result<EventsKept, StoreError> {
        let (customer, holders) = (self.number, Arc::clone(&self.holders));
        self.write(move |reader, changes| {
            let mut kept = EventsKept::default();
            let mut room = Room { named: HashSet::new(), left: None, is_over: false };
            let mut loaded = Loaded::new(reader, customer);
            // The reader shows what stood before this operation; within it the latest event of a contact counts.
            let mut latest: HashMap<VirtuousContactId, EventSeen> = HashMap::new();
            for event in events {
                let contact = event.contact;
                if !room.has_place_for(contact) {
                    continue;
                }
                let seen = match latest.get(&contact) {
                    Some(seen) => Some(*seen),
                    None => events::seen(reader, customer, contact)?,
                };
                match event.judge(seen, now) {
                    EventKind::Double => kept.doubled += 1,
                    EventKind::Stale => kept.stale += 1,
                    EventKind::New(seen) => {
                        if !room.may_wait(reader, customer, contact)? {
                            continue;
                        }
                        latest.insert(contact, seen);
                        events::put_seen(changes, customer, contact, &seen)?;
                        let told = planner.as_ref().zip(event.told);
                        if let Some((planner, told)) = told
                            && confirms(&mut loaded, planner, &told, now)?
                        {
                            kept.known += 1;
                            continue;
                        }
                        kept.taken += 1;
                        ask_for_reading(reader, changes, customer, contact, now)?;
                    }
                }
            }
            loaded.write(changes)?;
            if room.is_over
                && let Some(mut record) = customers::read(reader, customer)?
            {
                reconcile::after_too_many_events(&mut record, now);
                customers::put(changes, &record)?;
                holders.note(&record);
            }
            Ok(kept)
        })
        .await
    }
}

/// The room of a delivery.
struct Room {
    /// Contacts that the delivery named.
    named: HashSet<VirtuousContactId>,
    /// How many may still begin to wait; counted once it matters.
    left: Option<usize>,
    is_over: bool,
}

impl Room {
    /// Whether the delivery may name the contact.
    fn has_place_for(&mut self, contact: VirtuousContactId) -> bool {
        let has = self.named.contains(&contact) || self.named.len() < EVENTS_OF_A_DELIVERY_MAX;
        if has {
            self.named.insert(contact);
        } else {
            self.is_over = true;
        }
        has
    }

    /// Whether the contact waits already, or may begin to.
    fn may_wait(
        &mut self,
        reader: &Reader<'_>,
        customer: CustomerNo,
        contact: VirtuousContactId,
    ) -> Result<bool, StoreError> {
        if events::read_due(reader, customer, contact)?.is_some() {
            return Ok(true);
        }
        let left = match self.left {
            Some(left) => left,
            None => EVENTS_KEPT_MAX.saturating_sub(events::waiting(reader, customer, EVENTS_KEPT_MAX)?),
        };
        self.left = Some(left.saturating_sub(1));
        self.is_over |= left == 0;
        Ok(left > 0)
    }
}

/// Whether an event says of its contact what is known to every subject that it concerns. It is a reading then, which shows what
/// Tandem wrote (E1).
fn confirms(
    loaded: &mut Loaded<'_>,
    planner: &Planner,
    told: &VirtuousContact,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (reader, customer) = (loaded.reader(), loaded.customer());
    let reading = ContactReading::new(planner, ReadBy::Event, false, now);
    let concerned = links::concerned(reader, customer, told, &planner.rules.reference_source)?;
    let mut known = Vec::new();
    for id in &concerned {
        let Some(subject) = loaded.get(id)? else { continue };
        let person = reading.person_of(told, subject);
        if person.is_some_and(|person| unseen::heed_event(subject, &person)) {
            loaded.changed(id);
        }
    }
    for id in concerned {
        let Some(subject) = loaded.get(&id)? else { return Ok(false) };
        let person = reading.person_of(told, subject).filter(|person| reading.is_known(subject, person));
        let Some(person) = person else { return Ok(false) };
        if intents::is_write_unsure(reader, customer, subject)? {
            return Ok(false);
        }
        known.push((id, person));
    }
    let confirms = !known.is_empty();
    for (id, person) in known {
        let Some(subject) = loaded.get(&id)? else { continue };
        if reading.keep(subject, person, false, &mut PeopleObserved::default()) {
            loaded.changed(&id);
        }
    }
    Ok(confirms)
}

/// Has a contact read; the event takes the place of an event about it that waits already.
fn ask_for_reading(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    contact: VirtuousContactId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = events::read_due(reader, customer, contact)?;
    let before = before.map(|due| Timestamp::from_millis(due.received_at));
    let received_at = waiting::received_at(now, before).as_millis();
    let due = EventDueV1 { received_at, due: now.as_millis(), queried: false };
    events::put_due(changes, customer, contact, &due)
}
