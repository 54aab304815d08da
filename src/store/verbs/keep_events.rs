//! Keeps events of Virtuous, durable before they are acknowledged (V1).

use std::collections::HashMap;

use crate::{
    domain::{ContactEvent, Timestamp, VirtuousContactId},
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            events::{self, EventsKept},
            keys::CustomerNo,
            stored::EventDueV1,
        },
    },
    sync::{
        events::{EventKind, EventSeen},
        waiting,
    },
};

impl CustomerStore {
    /// Keeps events, and says what they are. Several about one contact are one reading.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn keep_events(
        &self,
        events: Vec<ContactEvent>,
        now: Timestamp,
    ) -> Result<EventsKept, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut kept = EventsKept::default();
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
                        kept.taken += 1;
                        latest.insert(contact, seen);
                        events::put_seen(changes, customer, contact, &seen)?;
                        ask_for_reading(reader, changes, customer, contact, now)?;
                    }
                }
            }
            Ok(kept)
        })
        .await
    }
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
