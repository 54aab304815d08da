//! Keeps a subscription to events.

use crate::store::{
    engine::StoreError,
    handle::CustomerStore,
    tables::subscription::{self, Subscription},
};

impl CustomerStore {
    /// Keeps a customer's subscription.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn save_subscription(&self, subscription: Subscription) -> Result<(), StoreError> {
        let (customer, sealing) = (self.number, self.sealing.clone());
        self.write(move |_, changes| subscription::put(changes, customer, subscription, &sealing)).await
    }
}
