//! Intents: durable before a write that must not be doubled.

use crate::{
    domain::{ContactId, Intent, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::intents::{self, Unsure},
    },
};

impl CustomerStore {
    /// Makes intents durable, before the first call of a write that must not be doubled.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn begin(&self, intents: Vec<(ContactId, Intent)>, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            let mut all = intents.iter();
            all.try_for_each(|(id, intent)| {
                intents::put(changes, customer, id, Unsure { at: now, intent: *intent })
            })
        })
        .await
    }
}
