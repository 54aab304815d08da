//! Due work, lane by lane.

use crate::{
    domain::{CustomerRules, Intent, Lane, Subject, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            household,
            intents::{self, Unsure},
            keys::{HEAD, Key, id_at, time_at},
            subjects,
        },
    },
    sync::Household,
};

/// A subject taken for work. It stays in the store as it is until it is settled.
#[derive(Debug, Clone)]
pub struct DueSubject {
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

impl DueSubject {
    /// Whether a write to the contact itself may have arrived, rather than a row for the import.
    #[must_use]
    pub fn is_write_unsure(&self) -> bool {
        self.unsure.is_some_and(|unsure| unsure.intent == Intent::Write)
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
    /// Due work in lane order, at most `limit`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn next_work(
        &self,
        lanes: &[Lane],
        rules: &CustomerRules,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<DueSubject>, StoreError> {
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
                let Some(subject) = subjects::read(&reader, customer, &id)? else { continue };
                let household = household::household(&reader, customer, &subject, rules)?;
                let unsure = intents::unsure(&reader, customer, &subject)?;
                taken.push(DueSubject { lane: *lane, subject, household, unsure });
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
}
