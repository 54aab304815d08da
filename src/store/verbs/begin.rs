//! Intents: durable before a write that must not be doubled.

use crate::{
    domain::{ContactId, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            intents::{self, Unsure},
            keys::Key,
        },
    },
};

impl CustomerStore {
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
        let intent = Unsure { at: now, submission };
        self.write(move |_, changes| intents::put(changes, customer, &ids, intent)).await
    }

    /// Forgets intents of calls that surely did not arrive.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_intents(&self, ids: Vec<ContactId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let customer = self.number;
        self.write(move |_, changes| {
            for id in &ids {
                changes.delete(Key::intent(customer, id));
            }
            Ok(())
        })
        .await
    }
}
