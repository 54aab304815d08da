//! Contacts of Virtuous that could not be read and were passed over, told by the check until a whole reading reads every contact (W7).

use crate::{
    domain::Timestamp,
    store::{
        codec,
        engine::StoreError,
        handle::CustomerStore,
        tables::{keys::Key, kind::Kind},
    },
};

const PASSED_OVER_V1: u8 = 1;

impl CustomerStore {
    /// Keeps that the contacts at these places were passed over.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn pass_over(&self, places: Vec<String>, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            for place in &places {
                let stored = codec::encode(PASSED_OVER_V1, &(place.clone(), now.as_millis()))?;
                changes.put(Key::passed_over(customer, place), stored);
            }
            Ok(())
        })
        .await
    }

    /// The places at which contacts were passed over, at most `limit`, each with the last time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn passed_over(&self, limit: usize) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let mut places = Vec::new();
        for entry in self.reader().scan_prefix(Key::of(self.number, Kind::PassedOver)).take(limit) {
            let (place, at) = codec::decode::<(String, i64)>(PASSED_OVER_V1, &entry?.1)?;
            places.push((place, Timestamp::from_millis(at)));
        }
        Ok(places)
    }

    /// Forgets them: every contact was read.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn forget_passed_over(&self) -> Result<(), StoreError> {
        let customer = self.number;
        if self.passed_over(1)?.is_empty() {
            return Ok(());
        }
        self.write(move |reader, changes| {
            for entry in reader.scan_prefix(Key::of(customer, Kind::PassedOver)) {
                changes.delete(entry?.0);
            }
            Ok(())
        })
        .await
    }
}
