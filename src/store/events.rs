//! Events of Virtuous: which contacts are to be read again, durable before the event is acknowledged.

use std::time::Duration;

use crate::domain::{Timestamp, VirtuousContactId};

use super::{
    CustomerStore, StoreError, codec,
    engine::{Changes, Reader},
    keys::{CustomerNo, HEAD, Key, Kind, contact_at},
    stored::{EventDueV1, EventSeenV1},
    waiting,
};

const DUE_V1: u8 = 1;
const SEEN_V1: u8 = 1;
/// How long an event is known again (reference/virtuous.md 11.4).
pub const KNOWN_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// An event about one contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactEvent {
    /// The contact.
    pub contact: VirtuousContactId,
    /// A hash of the event's id, or of what it says where it has none; `None` if neither tells it from another.
    pub content: Option<u64>,
    /// When the contact was last changed, by the event's own copy of it.
    pub modified_at: Option<Timestamp>,
}

/// What became of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventsKept {
    /// Their contacts are to be read.
    pub taken: u64,
    /// The same came before.
    pub doubled: u64,
    /// A later one came before.
    pub stale: u64,
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
            // What stands before this group is in the reader; within it the latest counts.
            let mut here = std::collections::HashMap::new();
            for event in events {
                let key = Key::event(customer, Kind::EventSeen, event.contact);
                let seen: Option<EventSeenV1> = match here.get(&event.contact) {
                    Some(seen) => Some(EventSeenV1::clone(seen)),
                    None => read_seen(reader, &key)?,
                };
                let modified = event.modified_at.map(Timestamp::as_millis);
                match &seen {
                    Some(seen) if event.content.is_some_and(|content| seen.content == content) => {
                        kept.doubled += 1;
                        continue;
                    }
                    Some(seen) if modified.is_some() && modified < seen.modified => {
                        kept.stale += 1;
                        continue;
                    }
                    _ => kept.taken += 1,
                }
                // The reading is later than now, so that it answers every change before it. A date further off orders nothing: it
                // would have a contact's events passed over until then.
                let known = modified.map(|modified| modified.min(now.as_millis()));
                let modified = known.max(seen.and_then(|seen| seen.modified));
                // No hash is 0 but by a chance that costs one reading.
                let content = event.content.unwrap_or_default();
                let seen = EventSeenV1 { content, modified, at: now.as_millis() };
                changes.put(key, codec::encode(SEEN_V1, &seen)?);
                here.insert(event.contact, seen);
                let key = Key::event(customer, Kind::Event, event.contact);
                let before = read_due(reader, &key)?.map(|due| due.received_at);
                let received_at = waiting::received_at(now, before);
                let due = EventDueV1 { received_at, due: now.as_millis(), queried: false };
                changes.put(key, codec::encode(DUE_V1, &due)?);
            }
            Ok(kept)
        })
        .await
    }

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

    /// Notes that a query of the contacts that changed did not show these.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn not_in_query(&self, events: Vec<EventDue>) -> Result<(), StoreError> {
        self.change_due(events, |due, _| due.queried = true).await
    }

    /// Puts contacts off that cannot be read: the older the event is, the longer (B3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn put_off_events(&self, events: Vec<EventDue>, now: Timestamp) -> Result<(), StoreError> {
        self.change_due(events, move |due, event| {
            due.due = waiting::put_off(now, event.received_at).as_millis();
        })
        .await
    }

    async fn change_due(
        &self,
        events: Vec<EventDue>,
        change: impl Fn(&mut EventDueV1, &EventDue) + Send + 'static,
    ) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            for event in &events {
                let key = Key::event(customer, Kind::Event, event.contact);
                let Some(mut due) = read_due(reader, &key)?.filter(|due| is_same(due, event)) else {
                    continue;
                };
                change(&mut due, event);
                changes.put(key, codec::encode(DUE_V1, &due)?);
            }
            Ok(())
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
            events.iter().try_for_each(|event| forget(reader, changes, customer, event))
        })
        .await
    }

    /// Forgets what events were, if they came so long ago that none of them comes again.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_old_events(&self, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        let mut old = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::EventSeen)) {
            let (key, value) = entry?;
            let seen = codec::decode::<EventSeenV1>(SEEN_V1, &value)?;
            if now.since(Timestamp::from_millis(seen.at)) > KNOWN_FOR {
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

fn is_same(due: &EventDueV1, event: &EventDue) -> bool {
    due.received_at == event.received_at.as_millis()
}

fn read_due(reader: &Reader<'_>, key: &Key) -> Result<Option<EventDueV1>, StoreError> {
    let Some(value) = reader.get(key)? else { return Ok(None) };
    Ok(Some(codec::decode::<EventDueV1>(DUE_V1, &value)?))
}

fn read_seen(reader: &Reader<'_>, key: &Key) -> Result<Option<EventSeenV1>, StoreError> {
    let Some(value) = reader.get(key)? else { return Ok(None) };
    Ok(Some(codec::decode::<EventSeenV1>(SEEN_V1, &value)?))
}

/// Forgets an event, unless a later one about the same contact stands in its place.
pub(super) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    event: &EventDue,
) -> Result<(), StoreError> {
    let key = Key::event(customer, Kind::Event, event.contact);
    if read_due(reader, &key)?.is_some_and(|due| is_same(&due, event)) {
        changes.delete(key);
    }
    Ok(())
}

#[cfg(test)]
#[path = "events_test.rs"]
mod tests;
