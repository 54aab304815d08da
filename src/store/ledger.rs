//! The daily ledger of a Constant Contact key: calls are counted on disk before they are made (W4).

use super::{Store, StoreError, codec, keys::Key};
use crate::{budget::DailyState, domain::Timestamp};

const LEDGER_V1: u8 = 1;

impl Store {
    /// A key's ledger. `key` is a fingerprint, never the key itself.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn ledger(&self, key: &str) -> Result<DailyState, StoreError> {
        let Some(value) = self.reader().get(Key::ledger(key))? else { return Ok(DailyState::default()) };
        let (day, used, stopped) = codec::decode::<(i64, u64, Option<i64>)>(LEDGER_V1, &value)?;
        Ok(DailyState { day, used, stopped_until: stopped.map(Timestamp::from_millis) })
    }

    /// Keeps a key's ledger.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_ledger(&self, key: String, ledger: DailyState) -> Result<(), StoreError> {
        self.write(move |_, changes| {
            let stored = (ledger.day, ledger.used, ledger.stopped_until.map(Timestamp::as_millis));
            changes.put(Key::ledger(&key), codec::encode(LEDGER_V1, &stored)?);
            Ok(())
        })
        .await
    }
}
