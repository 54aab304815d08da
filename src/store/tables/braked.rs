//! Subjects that wait at the brake, and those that it let through (B1).

use crate::{
    domain::{ContactId, Subject},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, HEAD, Key, id_at},
            kind::Kind,
            stored::ClearedV1,
            subjects,
        },
    },
    sync::brake::Tally,
};

const CLEARED_V1: u8 = 1;

impl CustomerStore {
    /// Counts the subjects that wait at the brake, by what would be written to them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn at_brake(&self) -> Result<Tally, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut tally = Tally::default();
        for id in waiting(&reader, customer)? {
            if let Some(subject) = subjects::read(&reader, customer, &id)? {
                tally.add(subject.reason.detail);
            }
        }
        Ok(tally)
    }
}

/// The subjects that wait at the brake.
pub(in crate::store) fn waiting(
    reader: &Reader<'_>,
    customer: CustomerNo,
) -> Result<Vec<ContactId>, StoreError> {
    let entries = reader.scan_prefix(Key::of(customer, Kind::Braked));
    entries.map(|entry| Ok(id_at(&entry?.0, HEAD))).filter_map(Result::transpose).collect()
}

/// Whether the brake let a subject through as it is.
pub(in crate::store) fn is_cleared(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<bool, StoreError> {
    let Some(value) = reader.get(Key::cleared(customer, &subject.id))? else { return Ok(false) };
    let cleared = codec::decode::<ClearedV1>(CLEARED_V1, &value)?;
    Ok(cleared.revision == subject.revision)
}

/// Notes that the brake let a subject through as it is now.
pub(in crate::store) fn put_cleared(
    changes: &mut Changes,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<(), StoreError> {
    let cleared = ClearedV1 { revision: subject.revision };
    changes.put(Key::cleared(customer, &subject.id), codec::encode(CLEARED_V1, &cleared)?);
    Ok(())
}

/// Forgets that the brake let a subject through.
pub(in crate::store) fn forget_cleared(
    reader: &Reader<'_>,
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<(), StoreError> {
    changes.delete_if_there(reader, Key::cleared(customer, id))
}
