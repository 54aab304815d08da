//! Intents: durable before a write that must not be doubled.

use crate::{
    domain::{ContactId, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::intents::{self, Unsure},
    },
};

impl CustomerStore {
    /// Makes intents durable, before the first call of a write that must not be doubled: of writes to linked contacts, and of rows
    /// for the import.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn begin(
        &self,
        writes: Vec<ContactId>,
        submissions: Vec<ContactId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            intents::put(changes, customer, &writes, Unsure { at: now, submission: false })?;
            intents::put(changes, customer, &submissions, Unsure { at: now, submission: true })
        })
        .await
    }
}
