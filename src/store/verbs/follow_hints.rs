//! What becomes of a hint once it was tried: forgotten, or put off (B3).

use crate::{
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::hints::{self, Hint},
    },
    sync::waiting,
};

impl CustomerStore {
    /// Puts a hint off that could not be followed: the older it is, the longer (B3).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn put_off_hint(&self, hint: Hint, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            let key = hint.key(customer);
            if hints::is_stored(reader, &key, &hint)? {
                hints::put(changes, key, hint.received_at, waiting::put_off(now, hint.received_at))?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets hints that were followed, unless the same came in again meanwhile.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn forget_hints(&self, hints: Vec<Hint>) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            hints.iter().try_for_each(|hint| hints::forget(reader, changes, customer, hint))
        })
        .await?;
        self.hint_rooms.freed(customer);
        Ok(())
    }
}
