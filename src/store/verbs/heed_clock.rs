//! Bringing what a clock that was ahead has left to the present, before anything is decided by it (W8).

use std::collections::BTreeSet;

use crate::{
    domain::{
        ContactId, Lane, Timestamp,
        kept_time::{SLACK, longest_wait},
    },
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            customers,
            keys::{HEAD, Key, id_at},
            loaded::Loaded,
        },
    },
    sync::set_back,
};

/// Subjects that one operation writes at most, so that a group stays well under a segment of the log.
const SUBJECTS_MAX: usize = 256;
/// The length of a time in a key.
const TIME: usize = 8;

impl CustomerStore {
    /// What is due further ahead than the longest wait of its lane is due now, and what is owed since a time to come is owed since
    /// now. Returns how many people that concerned. Where no clock was wrong it costs a look at the ends of five indexes.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn heed_clock(&self, now: Timestamp) -> Result<u64, StoreError> {
        let customer = self.number;
        let is_ahead = self.record()?.is_some_and(|mut record| set_back::record(&mut record, now));
        if is_ahead {
            self.write(move |reader, changes| {
                let Some(mut record) = customers::read(reader, customer)? else { return Ok(()) };
                set_back::record(&mut record, now);
                customers::put(changes, &record)
            })
            .await?;
        }
        let mut heeded = 0;
        loop {
            let ids = self.ahead(now)?;
            let written = self.bring_back(ids, now).await?;
            heeded += written;
            // What is not written any more would be found for ever.
            if written < SUBJECTS_MAX as u64 {
                return Ok(heeded);
            }
        }
    }

    async fn bring_back(&self, ids: BTreeSet<ContactId>, now: Timestamp) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let customer = self.number;
        self.write(move |reader, changes| {
            let mut loaded = Loaded::new(reader, customer);
            for id in &ids {
                if loaded.get(id)?.is_some_and(|subject| set_back::subject(subject, now)) {
                    loaded.changed(id);
                }
            }
            loaded.write(changes)
        })
        .await
    }

    /// Whose work is due, or whose opt-out is owed, at a time that only a wrong clock can have set.
    fn ahead(&self, now: Timestamp) -> Result<BTreeSet<ContactId>, StoreError> {
        let (customer, reader) = (self.number, self.reader());
        let owed = Key::owed_after(customer, now.plus(SLACK));
        let mut indexes = vec![(owed, HEAD)];
        for lane in Lane::ALL {
            let from = Key::due(customer, lane, now.plus(longest_wait(lane)).plus(SLACK));
            indexes.push((from, HEAD + 1));
        }
        let mut ids = BTreeSet::new();
        for (from, time_at) in indexes {
            let index = from.as_ref()[..time_at].to_vec();
            for entry in reader.range(&from, None) {
                let (key, _) = entry?;
                if !key.starts_with(&index) || ids.len() >= SUBJECTS_MAX {
                    break;
                }
                ids.extend(id_at(&key, time_at + TIME));
            }
        }
        Ok(ids)
    }
}

#[cfg(test)]
#[path = "heed_clock_test.rs"]
mod tests;
