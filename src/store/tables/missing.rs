//! Known subjects that answered 404 once, with the time of it (D1).

use crate::{
    domain::{ContactId, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key, id_at},
            kind::Kind,
        },
    },
};

const MISSING_V1: u8 = 1;

impl CustomerStore {
    /// The contacts that answered 404 once, with the time of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn missing(&self) -> Result<Vec<(ContactId, Timestamp)>, StoreError> {
        let customer = self.number;
        let mut missing = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(customer, Kind::Missing)) {
            let (key, value) = entry?;
            if let Some(id) = id_at(&key, HEAD) {
                missing.push((id, decode(&value)?));
            }
        }
        Ok(missing)
    }
}

/// When a contact answered 404 first.
pub(in crate::store) fn first(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Timestamp>, StoreError> {
    reader.get(Key::missing(customer, id))?.map(|value| decode(&value)).transpose()
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    at: Timestamp,
) -> Result<(), StoreError> {
    changes.put(Key::missing(customer, id), codec::encode(MISSING_V1, &at.as_millis())?);
    Ok(())
}

fn decode(value: &[u8]) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_millis(codec::decode::<i64>(MISSING_V1, value)?))
}

/// Forgets a 404 that was noted no later than this: an answer from before it says nothing of it (D1).
pub(in crate::store) fn forget_until(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    at: Timestamp,
) -> Result<(), StoreError> {
    if first(reader, customer, id)?.is_some_and(|first| first <= at) {
        changes.delete(Key::missing(customer, id));
    }
    Ok(())
}

/// Forgets a 404, if one was noted.
pub(in crate::store) fn forget(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<(), StoreError> {
    changes.delete_if_there(reader, Key::missing(customer, id))
}
