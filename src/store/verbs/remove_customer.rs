//! Forgets a customer.

use crate::store::{
    engine::StoreError,
    handle::CustomerStore,
    tables::{keys::Key, kind::Kind},
};

/// Entries that one operation deletes at most.
const DELETES_MAX: usize = 1000;

impl CustomerStore {
    /// Forgets a customer and everything known of its subscribers; nothing is changed in either system. The name goes
    /// last, so that a removal that was broken off can be repeated.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn remove_customer(&self, name: String) -> Result<(), StoreError> {
        let customer = self.number;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Customer) {
            loop {
                let deleted = self
                    .write(move |reader, changes| {
                        let mut deleted = 0;
                        for entry in reader.scan_prefix(Key::of(customer, kind)).take(DELETES_MAX) {
                            changes.delete(entry?.0);
                            deleted += 1;
                        }
                        Ok(deleted)
                    })
                    .await?;
                if deleted < DELETES_MAX {
                    break;
                }
            }
        }
        self.write(move |_, changes| {
            changes.delete(Key::of(customer, Kind::Customer));
            changes.delete(Key::customer_name(&name));
            Ok(())
        })
        .await
    }
}
