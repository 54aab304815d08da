//! A subject's timeline, in chunks.

use crate::{
    domain::{ContactId, Event, Subject},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            stored::EventV1,
        },
    },
};

const EVENTS_V1: u8 = 1;

impl CustomerStore {
    /// A subject's whole timeline, oldest first: what was settled, then what is newer.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn timeline(&self, subject: &Subject) -> Result<Vec<Event>, StoreError> {
        let customer = self.number;
        let mut events = Vec::new();
        for entry in self.reader().scan_prefix(Key::timelines(customer, &subject.id)) {
            let (_, value) = entry?;
            events.extend(lines(&value)?);
        }
        events.extend(subject.recent.iter().cloned());
        Ok(events)
    }
}

/// The lines of a chunk, oldest first.
pub(in crate::store) fn lines(value: &[u8]) -> Result<Vec<Event>, StoreError> {
    Ok(codec::decode::<EventV1>(EVENTS_V1, value)?.into_events())
}

/// Appends lines to a subject's timeline, as a chunk of its own.
pub(in crate::store) fn append(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    events: &[Event],
) -> Result<(), StoreError> {
    let Some(first) = events.first() else { return Ok(()) };
    let value = codec::encode(EVENTS_V1, &EventV1::new(events))?;
    // Two chunks may begin in the same millisecond; neither may take the other's place.
    let mut sequence = 0;
    let mut key = Key::timeline(customer, id, first.at, sequence);
    while reader.get(&key)?.is_some() {
        sequence += 1;
        key = Key::timeline(customer, id, first.at, sequence);
    }
    changes.put(key, value);
    Ok(())
}
