//! Due work, lane by lane.

use std::collections::HashSet;

use crate::{
    domain::{ContactId, CustomerRules, Lane, Subject, Timestamp},
    sync::{Household, segments},
};

use super::{
    CustomerStore, StoreError, brake, codec,
    engine::Reader,
    keys::{CustomerNo, HEAD, Key, id_at, time_at},
    people,
    stored::IntentV1,
    subjects,
};

const INTENT_V1: u8 = 1;

/// A subject taken for work. It stays in the store as it is until it is settled.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The lane that it was due in.
    pub lane: Lane,
    /// The subject.
    pub subject: Subject,
    /// The others of its household (I4).
    pub household: Household,
    /// Whether an earlier write to the subscriber, or to another of its household, may have arrived without its answer: read
    /// before writing (I4).
    pub unsure: Option<Unsure>,
}

/// An intent that was never settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsure {
    /// When it was made durable.
    pub at: Timestamp,
    /// Whether it was a submission.
    pub submission: bool,
}

impl Taken {
    /// Whether a write to the contact itself may have arrived, rather than a row for the import.
    #[must_use]
    pub fn is_write_unsure(&self) -> bool {
        self.unsure.is_some_and(|unsure| !unsure.submission)
    }
}

/// When the next work is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The lane.
    pub lane: Lane,
    /// The time.
    pub at: Timestamp,
}

impl CustomerStore {
    /// Due work in lane order, at most `limit`, without the subjects that are already in hand.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_work(
        &self,
        lanes: &[Lane],
        rules: &CustomerRules,
        in_hand: &HashSet<ContactId>,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Taken>, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut taken = Vec::new();
        for lane in lanes {
            let end = Key::due(customer, *lane, now);
            for entry in reader.range(Key::lane(customer, *lane), Some(end.as_ref())) {
                if taken.len() >= limit {
                    return Ok(taken);
                }
                let (key, _) = entry?;
                let Some(id) = id_at(&key, HEAD + 1 + 8) else { continue };
                if in_hand.contains(&id) {
                    continue;
                }
                let Some(subject) = subjects::read(&reader, customer, &id)? else { continue };
                let household = household(&reader, customer, &subject, rules)?;
                let unsure = unsure(&reader, customer, &subject)?;
                taken.push(Taken { lane: *lane, subject, household, unsure });
            }
        }
        Ok(taken)
    }

    /// When the earliest work of these lanes is due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_due(&self, lanes: &[Lane]) -> Result<Option<Due>, StoreError> {
        let customer = self.number;
        let reader = self.reader();
        let mut earliest: Option<Due> = None;
        for lane in lanes {
            let Some(entry) = reader.scan_prefix(Key::lane(customer, *lane)).next() else { continue };
            let Some(at) = time_at(&entry?.0, HEAD + 1) else { continue };
            if earliest.is_none_or(|known| at < known.at) {
                earliest = Some(Due { lane: *lane, at });
            }
        }
        Ok(earliest)
    }

    /// Makes the intent to write durable, before a write that must not be doubled.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn begin(
        &self,
        ids: Vec<ContactId>,
        submission: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            let value = codec::encode(INTENT_V1, &IntentV1 { at: now.as_millis(), submission })?;
            for id in &ids {
                changes.put(Key::intent(customer, id), &value);
            }
            Ok(())
        })
        .await
    }

    /// Forgets intents of calls that surely did not arrive.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_intents(&self, ids: Vec<ContactId>) -> Result<(), StoreError> {
        let customer = self.number;
        if ids.is_empty() {
            return Ok(());
        }
        self.write(move |_, changes| {
            for id in &ids {
                changes.delete(Key::intent(customer, id));
            }
            Ok(())
        })
        .await
    }
}

fn intent(reader: &Reader<'_>, customer: CustomerNo, id: &ContactId) -> Result<Option<Unsure>, StoreError> {
    let Some(value) = reader.get(Key::intent(customer, id))? else { return Ok(None) };
    let stored = codec::decode::<IntentV1>(INTENT_V1, &value)?;
    Ok(Some(Unsure { at: Timestamp::from_millis(stored.at), submission: stored.submission }))
}

/// A write to this subscriber, or to another of the household, that may have arrived without its answer (I4).
pub(super) fn unsure(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Option<Unsure>, StoreError> {
    match intent(reader, customer, &subject.id)? {
        None => intent_of_others(reader, customer, subject),
        own => Ok(own),
    }
}

/// The intent of another subscriber of the same contact: what was written for it may be there and is not seen yet (I4).
fn intent_of_others(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Option<Unsure>, StoreError> {
    for id in others(reader, customer, subject)? {
        if let Some(unsure) = intent(reader, customer, &id)? {
            return Ok(Some(Unsure { submission: false, ..unsure }));
        }
    }
    Ok(None)
}

/// The other subscribers of a subject's contact (I4).
fn others(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
) -> Result<Vec<ContactId>, StoreError> {
    let contacts = subject.virtuous.contacts();
    let [contact] = contacts.as_slice() else { return Ok(Vec::new()) };
    let mut linked = people::linked(reader, customer, *contact)?;
    linked.retain(|id| *id != subject.id);
    Ok(linked)
}

/// The others of a subject's household (I4).
pub(super) fn household(
    reader: &Reader<'_>,
    customer: CustomerNo,
    subject: &Subject,
    rules: &CustomerRules,
) -> Result<Household, StoreError> {
    let cleared = brake::is_cleared(reader, customer, subject)?;
    let mut household = Household { cleared, ..Household::default() };
    for id in others(reader, customer, subject)? {
        household.leads &= subject.id < id;
        if let Some(other) = subjects::read(reader, customer, &id)? {
            household.segments.extend(segments::memberships(&other.cc, rules));
            household.joins &= subject.id < id || !segments::staff_may_change(&other, rules);
            household.owned.extend(other.base.segments.into_iter().map(|(_, name)| name));
        }
    }
    Ok(household)
}
