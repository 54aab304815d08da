//! Makes a customer known.

use crate::{
    domain::{CustomerId, CustomerRecord, Timestamp},
    store::{engine::StoreError, handle::Store, tables::customers},
};

impl Store {
    /// The record of a customer, made if it is new: it gets the next free number.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn enrol(&self, id: CustomerId, now: Timestamp) -> Result<CustomerRecord, StoreError> {
        self.write(move |reader, changes| {
            if let Some(number) = customers::number(reader, &id)?
                && let Some(record) = customers::read(reader, number)?
            {
                return Ok(record);
            }
            let record = CustomerRecord::new(id, customers::next_number(reader)?, now);
            customers::put_number(changes, &record)?;
            customers::put(changes, &record)?;
            Ok(record)
        })
        .await
    }
}
