//! What both sides counted when it was last compared: movements are measured from there, across restarts, too (W3).

use crate::{
    domain::Baselines,
    store::{
        codec,
        engine::{Changes, StoreError},
        handle::CustomerStore,
        tables::{
            keys::{CustomerNo, Key},
            kind::Kind,
            stored::BaselinesV1,
        },
    },
};

const BASELINES_V1: u8 = 1;

impl CustomerStore {
    /// The counts as last compared; none before the first time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn baselines(&self) -> Result<Baselines, StoreError> {
        let customer = self.number;
        let Some(value) = self.reader().get(Key::of(customer, Kind::Baselines))? else {
            return Ok(Baselines::default());
        };
        Ok(codec::decode::<BaselinesV1>(BASELINES_V1, &value)?.into())
    }
}

pub(in crate::store) fn put(
    changes: &mut Changes,
    customer: CustomerNo,
    counts: &Baselines,
) -> Result<(), StoreError> {
    let value = codec::encode(BASELINES_V1, &BaselinesV1::from(counts))?;
    changes.put(Key::of(customer, Kind::Baselines), value);
    Ok(())
}
