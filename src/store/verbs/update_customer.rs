//! Changes a customer's record.

use std::sync::Arc;

use crate::{
    domain::CustomerRecord,
    store::{engine::StoreError, handle::CustomerStore, tables::customers},
};

impl CustomerStore {
    /// Changes a customer's record in place and returns it.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn update_customer(
        &self,
        change: impl FnOnce(&mut CustomerRecord) + Send + 'static,
    ) -> Result<Option<CustomerRecord>, StoreError> {
        let (customer, holders) = (self.number, Arc::clone(&self.holders));
        self.write(move |reader, changes| {
            let Some(mut record) = customers::read(reader, customer)? else { return Ok(None) };
            change(&mut record);
            customers::put(changes, &record)?;
            holders.note(&record);
            Ok(Some(record))
        })
        .await
    }
}
