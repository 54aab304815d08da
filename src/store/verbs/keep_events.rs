//! Keeps events of Virtuous, durable before they are acknowledged (V1).

use std::collections::HashMap;

use crate::{
    domain::{ContactEvent, Timestamp, VirtuousContact, VirtuousContactId},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
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
        waiting,
    },
};

impl CustomerStore {
    /// Keeps events, and says what they are. Several about one contact are one reading. An event that says what is known of its
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
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut kept = EventsKept::default();
            let mut loaded = Loaded::new(reader, customer);
            // The reader shows what stood before this operation; within it the latest event of a contact counts.
            let mut latest: HashMap<VirtuousContactId, EventSeen> = HashMap::new();
            for event in events {
                let contact = event.contact;
                let seen = match latest.get(&contact) {
                    Some(seen) => Some(*seen),
                    None => events::seen(reader, customer, contact)?,
                };
                match event.judge(seen, now) {
                    EventKind::Double => kept.doubled += 1,
                    EventKind::Stale => kept.stale += 1,
                    EventKind::New(seen) => {
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
            Ok(kept)
        })
        .await
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
    let reading = ContactReading::new(planner, false, now);
    let mut known = Vec::new();
    for id in links::concerned(reader, customer, told, &planner.rules.reference_source)? {
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
