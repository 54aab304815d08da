//! What was last applied of a customer's settings, as fingerprints: a change is seen across restarts, too.

use serde::{Deserialize, Serialize};

use crate::store::{
    codec,
    engine::{Changes, Reader, StoreError},
    handle::CustomerStore,
    tables::{
        keys::{CustomerNo, Key},
        kind::Kind,
    },
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

impl AppliedV1 {
    /// What these settings change; nothing where none were applied before.
    #[must_use]
    pub fn changes_since(&self, before: Option<&Self>) -> NewSettings {
        before.map_or_else(NewSettings::default, |before| NewSettings {
            rules: before.rules != self.rules,
            virtuous_key: before.virtuous_key != self.virtuous_key,
        })
    }
}

impl CustomerStore {
    /// What was last applied.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn applied(&self) -> Result<Option<AppliedV1>, StoreError> {
        read(&self.reader(), self.number)
    }
}

pub(in crate::store) fn read(
    reader: &Reader<'_>,
    customer: CustomerNo,
) -> Result<Option<AppliedV1>, StoreError> {
    let Some(value) = reader.get(Key::of(customer, Kind::Applied))? else { return Ok(None) };
    Ok(Some(codec::decode::<AppliedV1>(APPLIED_V1, &value)?))
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    applied: &AppliedV1,
) -> Result<(), StoreError> {
    changes.put(Key::of(customer, Kind::Applied), codec::encode(APPLIED_V1, applied)?);
    Ok(())
}
