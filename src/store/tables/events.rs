//! Events of Virtuous that wait: which contacts are to be read again, and what the last event of each said.

use crate::{
    domain::{Timestamp, VirtuousContactId},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key, contact_at},
            kind::Kind,
            stored::{EventDueV1, EventSeenV1},
        },
    },
    sync::{events::EventSeen, waiting},
};

const DUE_V1: u8 = 1;
const SEEN_V1: u8 = 1;

/// What became of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventsKept {
    /// Their contacts are to be read.
    pub taken: u64,
    /// The same came before.
    pub doubled: u64,
    /// A later one came before.
    pub stale: u64,
    /// They say what is known: nothing is to be read (V3).
    pub known: u64,
}

/// A contact to be read because of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventDue {
    /// The contact.
    pub contact: VirtuousContactId,
    /// When its latest event was received: what tells it from a later one.
    pub received_at: Timestamp,
    /// Since when it is due: later than that if it was put off.
    pub due: Timestamp,
    /// Whether a query of the contacts that changed did not show it.
    pub queried: bool,
}

/// Contacts that wait to be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventsDue {
    /// To be read now.
    pub due: Vec<EventDue>,
    /// When the next of the others is due.
    pub next: Option<Timestamp>,
}

impl CustomerStore {
    /// Contacts to read: of those that are due, at most `limit` that no query was asked about, and as many that one did not show.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn events(&self, now: Timestamp, limit: usize) -> Result<EventsDue, StoreError> {
        let customer = self.number;
        let mut events = EventsDue::default();
        let (mut asked, mut new) = (0, 0);
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Event)) {
            let (key, value) = entry?;
            let stored = codec::decode::<EventDueV1>(DUE_V1, &value)?;
            let Some(contact) = contact_at(&key, HEAD) else { continue };
            let due = Timestamp::from_millis(stored.due);
            if waiting::waits(now, due) {
                events.next = Some(events.next.map_or(due, |next| next.min(due)));
                continue;
            }
            let received_at = Timestamp::from_millis(stored.received_at);
            let count = if stored.queried { &mut asked } else { &mut new };
            *count += 1;
            if *count <= limit {
                events.due.push(EventDue { contact, received_at, due, queried: stored.queried });
            }
            // What is new is not to be hidden by any number of others.
            if new >= limit {
                break;
            }
        }
        Ok(events)
    }
}

/// How many contacts of a customer wait to be read, counted up to a limit.
pub(in crate::store) fn waiting(
    reader: &Reader<'_>,
    customer: CustomerNo,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut waiting = 0;
    for entry in reader.scan_prefix(Key::of(customer, Kind::Event)).take(limit) {
        entry?;
        waiting += 1;
    }
    Ok(waiting)
}

pub(in crate::store) fn is_same(due: &EventDueV1, event: &EventDue) -> bool {
    due.received_at == event.received_at.as_millis()
}

/// The stored event of a contact that waits to be read.
pub(in crate::store) fn read_due(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: VirtuousContactId,
) -> Result<Option<EventDueV1>, StoreError> {
    let Some(value) = reader.get(Key::event(customer, Kind::Event, contact))? else { return Ok(None) };
    Ok(Some(codec::decode::<EventDueV1>(DUE_V1, &value)?))
}

pub(in crate::store) fn put_due(
    changes: &mut Changes,
    customer: CustomerNo,
    contact: VirtuousContactId,
    due: &EventDueV1,
) -> Result<(), StoreError> {
    changes.put(Key::event(customer, Kind::Event, contact), codec::encode(DUE_V1, due)?);
    Ok(())
}

/// What is remembered of a contact's last event.
pub(in crate::store) fn seen(
    reader: &Reader<'_>,
    customer: CustomerNo,
    contact: VirtuousContactId,
) -> Result<Option<EventSeen>, StoreError> {
    let value = reader.get(Key::event(customer, Kind::EventSeen, contact))?;
    value.map(|value| decode_seen(&value)).transpose()
}

pub(in crate::store) fn decode_seen(value: &[u8]) -> Result<EventSeen, StoreError> {
    let stored = codec::decode::<EventSeenV1>(SEEN_V1, value)?;
    Ok(EventSeen {
        content: stored.content,
        modified_at: stored.modified.map(Timestamp::from_millis),
        at: Timestamp::from_millis(stored.at),
    })
}

pub(in crate::store) fn put_seen(
    changes: &mut Changes,
    customer: CustomerNo,
    contact: VirtuousContactId,
    seen: &EventSeen,
) -> Result<(), StoreError> {
    let stored = EventSeenV1 {
        content: seen.content,
        modified: seen.modified_at.map(Timestamp::as_millis),
        at: seen.at.as_millis(),
    };
    changes.put(Key::event(customer, Kind::EventSeen, contact), codec::encode(SEEN_V1, &stored)?);
    Ok(())
}

/// Forgets an event, unless a later one about the same contact took its place.
pub(in crate::store) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    event: &EventDue,
) -> Result<(), StoreError> {
    if read_due(reader, customer, event.contact)?.is_some_and(|due| is_same(&due, event)) {
        changes.delete(Key::event(customer, Kind::Event, event.contact));
    }
    Ok(())
}
