//! Keeps reference data.

use crate::{
    domain::{CcReferenceData, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{
            customers,
            reference_data::{self, NewReferenceData},
        },
    },
};

impl CustomerStore {
    /// Keeps what was read of one system.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_reference_data(&self, reference: NewReferenceData) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |_, changes| {
            match reference {
                NewReferenceData::ConstantContact(reference) => {
                    reference_data::put_cc(changes, customer, &reference)?
                }
                NewReferenceData::Virtuous(reference) => {
                    reference_data::put_virtuous(changes, customer, &reference)?
                }
            }
            Ok(())
        })
        .await
    }

    /// Keeps Constant Contact's reference after lists, fields or tags changed, with the mark that every
    /// subject is to be planned again, in one group: the brake then never sees a part of a change that takes a tag off
    /// many people (B1).
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_changed_reference_data(
        &self,
        reference: CcReferenceData,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let customer = self.number;
        self.write(move |reader, changes| {
            reference_data::put_cc(changes, customer, &reference)?;
            if let Some(mut record) = customers::read(reader, customer)? {
                record.replan_since = Some(now);
                customers::put(changes, &record)?;
            }
            Ok(())
        })
        .await
    }
}
