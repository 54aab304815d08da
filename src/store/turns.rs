//! Turns under way of each customer: a change of what the customer is waits for their end (I5).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use super::tables::keys::CustomerNo;

/// A turn that is under way, until this is dropped.
#[derive(Debug)]
pub struct TurnUnderWay(#[expect(dead_code, reason = "held, not read")] OwnedRwLockReadGuard<()>);

/// The turns of all customers of a store.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<BTreeMap<CustomerNo, Arc<RwLock<()>>>>);

impl Turns {
    /// Begins a turn of a customer.
    pub(super) async fn begin(&self, customer: CustomerNo) -> TurnUnderWay {
        TurnUnderWay(self.of(customer).read_owned().await)
    }

    /// Waits until no turn of a customer is under way, and keeps others from beginning.
    pub(super) async fn without(&self, customer: CustomerNo) -> OwnedRwLockWriteGuard<()> {
        self.of(customer).write_owned().await
    }

    fn of(&self, customer: CustomerNo) -> Arc<RwLock<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(customer).or_default())
    }
}
