//! What was last applied of a customer's settings, as fingerprints: so that a change is seen across restarts, too.

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

use super::{
    CustomerStore, StoreError, codec, customers,
    keys::{Key, Kind},
};

const APPLIED_V1: u8 = 1;

/// Fingerprints of settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedV1 {
    /// Of all that decisions rest on.
    pub rules: String,
    /// Of the key to Virtuous.
    pub virtuous_key: String,
}

/// What is other than before. Nothing is, the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewSettings {
    /// What decisions rest on.
    pub rules: bool,
    /// The key to Virtuous.
    pub virtuous_key: bool,
}

impl CustomerStore {
    /// What was last applied.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn applied(&self) -> Result<Option<AppliedV1>, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::of(customer, Kind::Applied))? else { return Ok(None) };
        Ok(Some(codec::decode::<AppliedV1>(APPLIED_V1, &value)?))
    }

    /// Keeps what is applied, and tells what is new of it. Where the rules changed, everybody is to be planned again, which
    /// is kept in the same group.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn apply_settings(
        &self,
        applied: AppliedV1,
        now: Timestamp,
    ) -> Result<NewSettings, StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let key = Key::of(customer, Kind::Applied);
            let before = match reader.get(&key)? {
                Some(value) => Some(codec::decode::<AppliedV1>(APPLIED_V1, &value)?),
                None => None,
            };
            if before.as_ref() == Some(&applied) {
                return Ok(NewSettings::default());
            }
            changes.put(key, codec::encode(APPLIED_V1, &applied)?);
            let new = before.map_or_else(NewSettings::default, |before| NewSettings {
                rules: before.rules != applied.rules,
                virtuous_key: before.virtuous_key != applied.virtuous_key,
            });
            if new.rules
                && let Some(mut record) = customers::read(reader, customer)?
            {
                record.replan_since = Some(now);
                customers::put(changes, &record)?;
            }
            Ok(new)
        })
        .await
    }
}
