//! Keeps hints, durable before they are acknowledged (W5).

use crate::{
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::hints::{self, Hint, HintAbout},
    },
    sync::waiting,
};

impl CustomerStore {
    /// Keeps hints; the same hint twice is one, of the later time.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn keep_hints(&self, about: Vec<HintAbout>, now: Timestamp) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            for about in about {
                let key = Hint { about, received_at: now }.key(customer);
                let before = hints::read(reader, &key)?;
                let before = before.map(|stored| Timestamp::from_millis(stored.received_at));
                hints::put(changes, key, waiting::received_at(now, before), now)?;
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
#[path = "hints_test.rs"]
mod tests;
