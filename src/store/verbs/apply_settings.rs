//! Keeps which settings are applied.

use crate::{
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            applied::{self, AppliedV1, NewSettings},
            customers,
        },
    },
};

impl CustomerStore {
    /// Keeps what is applied, and tells what is new of it. Where the rules changed, every subject is to be
    /// planned again, which is kept in the same group.
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
            let before = applied::read(reader, customer)?;
            if before.as_ref() == Some(&applied) {
                return Ok(NewSettings::default());
            }
            let new = applied.changes_since(before.as_ref());
            applied::put(changes, customer, &applied)?;
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
