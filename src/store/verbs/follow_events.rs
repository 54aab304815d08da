//! What becomes of an event once its contact was asked for: forgotten, or put off (B3).

use std::time::Duration;

use crate::{
    domain::Timestamp,
    store::{
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            events::{self, EventDue},
            keys::{CustomerNo, HEAD, Key, contact_at},
            kind::Kind,
            stored::EventDueV1,
        },
    },
    sync::waiting,
};

/// How long an event is known again (reference/virtuous.md 11.4).
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

impl CustomerStore {
    /// Notes that a query of the contacts that changed did not show these.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn not_in_query(&self, events: Vec<EventDue>) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            events.iter().try_for_each(|event| read_alone(reader, changes, customer, event))
        })
        .await
    }

    /// Puts contacts off that cannot be read: the older the event is, the longer (B3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn put_off_events(&self, events: Vec<EventDue>, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            events.iter().try_for_each(|event| put_off(reader, changes, customer, event, now))
        })
        .await
    }

    /// Forgets events whose contacts were read or are not there, unless another came in meanwhile.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_events(&self, events: Vec<EventDue>) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            events.iter().try_for_each(|event| events::forget(reader, changes, customer, event))
        })
        .await
    }

    /// Forgets what events were, once they are too old to come again (V1).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_old_events(&self, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        let mut old = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::EventSeen)) {
            let (key, value) = entry?;
            if now.since(events::decode_seen(&value)?.at) > KNOWN_FOR {
                old.extend(contact_at(&key, HEAD));
            }
        }
        if old.is_empty() {
            return Ok(());
        }
        self.write(move |_, changes| {
            for contact in old {
                changes.delete(Key::event(customer, Kind::EventSeen, contact));
            }
            Ok(())
        })
        .await
    }
}

fn change_due(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    event: &EventDue,
    change: impl Fn(&mut EventDueV1, &EventDue),
) -> Result<(), StoreError> {
    let stored = events::read_due(reader, customer, event.contact)?;
    let Some(mut due) = stored.filter(|due| events::is_same(due, event)) else { return Ok(()) };
    change(&mut due, event);
    events::put_due(changes, customer, event.contact, &due)
}

/// Has a contact read by itself that no query shows as its event told, as a step of an operation (V2, E1).
pub(in crate::store) fn read_alone(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    event: &EventDue,
) -> Result<(), StoreError> {
    change_due(reader, changes, customer, event, |due, _| due.queried = true)
}

/// Puts a contact off that cannot be read, as a step of an operation (B3).
pub(in crate::store) fn put_off(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    event: &EventDue,
    now: Timestamp,
) -> Result<(), StoreError> {
    change_due(reader, changes, customer, event, |due, event| {
        due.due = waiting::put_off(now, event.received_at).as_millis();
    })
}

#[cfg(test)]
#[path = "events_test.rs"]
mod tests;
