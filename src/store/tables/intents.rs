//! Writes that may be under way: what makes a subject unsure until it is settled.

use crate::{
    domain::{ContactId, Intent, Subject, Timestamp},
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        tables::{
            keys::{CustomerNo, Key},
            links,
            stored::IntentV1,
        },
    },
};

const INTENT_V1: u8 = 1;

/// An intent that was never settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsure {
    /// When it was made durable.
    pub at: Timestamp,
    /// What may be left behind twice.
    pub intent: Intent,
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Unsure>, StoreError> {
    let Some(value) = reader.get(Key::intent(customer, id))? else { return Ok(None) };
    let stored = codec::decode::<IntentV1>(INTENT_V1, &value)?;
    let intent = if stored.submission { Intent::Submission } else { Intent::Write };
    Ok(Some(Unsure { at: Timestamp::from_millis(stored.at), intent }))
}

/// Since when a write to the subscriber's contact may be under way.
pub(in crate::store) fn write_since(
    reader: &Reader<'_>,
    customer: CustomerNo,
    id: &ContactId,
) -> Result<Option<Timestamp>, StoreError> {
    let write = read(reader, customer, id)?.filter(|unsure| unsure.intent == Intent::Write);
    Ok(write.map(|unsure| unsure.at))
}

/// A write to this subscriber, or to another of the household, that may have arrived without its answer (I4).
pub(in crate::store) fn unsure(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Option<Unsure>, StoreError> {
    match read(reader, customer, &subject.id)? {
        None => intent_of_others(reader, customer, subject),
        own => Ok(own),
    }
}

/// The intent of another subscriber of the same contact, as a write to the contact: it may be there and not be seen yet (I4).
fn intent_of_others(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Option<Unsure>, StoreError> {
    for id in links::others(reader, customer, subject)? {
        if let Some(unsure) = read(reader, customer, &id)? {
            return Ok(Some(Unsure { intent: Intent::Write, ..unsure }));
        }
    }
    Ok(None)
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    id: &ContactId,
    unsure: Unsure,
) -> Result<(), StoreError> {
    let submission = unsure.intent == Intent::Submission;
    let stored = IntentV1 { at: unsure.at.as_millis(), submission };
    changes.put(Key::intent(customer, id), codec::encode(INTENT_V1, &stored)?);
    Ok(())
}

/// Whether a write to the linked contact itself, rather than a row for the import, may have arrived without its answer.
pub(in crate::store) fn is_write_unsure(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<bool, StoreError> {
    if subject.virtuous.linked().is_none() {
        return Ok(false);
    }
    Ok(unsure(reader, customer, subject)?.is_some_and(|unsure| unsure.intent == Intent::Write))
}
