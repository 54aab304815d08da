//! The daily ledger of a Constant Contact key: calls are counted on disk before they are made (W4).

use crate::{
    budget::DailyState,
    domain::Timestamp,
    store::{
        codec,
        engine::{Changes, Reader, StoreError},
        handle::Store,
        tables::keys::Key,
    },
};

const LEDGER_V1: u8 = 1;

impl Store {
    /// A key's ledger. `key` is a fingerprint, never the key itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, key: &str) -> Result<DailyState, StoreError> {
        read(&self.reader(), key)
    }
}

pub(in crate::store) fn read(reader: &Reader<'_>, key: &str) -> Result<DailyState, StoreError> {
    let Some(value) = reader.get(Key::ledger(key))? else { return Ok(DailyState::default()) };
    let (day, used, stopped) = codec::decode::<(i64, u64, Option<i64>)>(LEDGER_V1, &value)?;
    Ok(DailyState { day, used, stopped_until: stopped.map(Timestamp::from_millis) })
}

pub(in crate::store) fn put(changes: &mut Changes, key: &str, state: &DailyState) -> Result<(), StoreError> {
    let stored = (state.day, state.used, state.stopped_until.map(Timestamp::as_millis));
    changes.put(Key::ledger(key), codec::encode(LEDGER_V1, &stored)?);
    Ok(())
}
