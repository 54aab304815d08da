//! Forgets a customer.

use crate::{
    domain::{CustomerRecord, Timestamp},
    store::{
        engine::StoreError,
        handle::CustomerStore,
        tables::{keys::Key, kind::Kind},
    },
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
        self.forget(|kind| kind != Kind::Customer).await?;
        self.write(move |_, changes| {
            changes.delete(Key::of(customer, Kind::Customer));
            changes.delete(Key::customer_name(&name));
            Ok(())
        })
        .await
    }

    /// Lets a customer be another account or organisation (I5): its subscribers, links and readings are forgotten, and what is
    /// kept of both systems; the grant stays. The record begins anew last, so that a change that was broken off can be repeated.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn rebind_customer(&self, now: Timestamp) -> Result<Option<CustomerRecord>, StoreError> {
        // A turn under way would keep what it read of the former one.
        let _still = self.turns.without(self.number).await;
        let stays = [Kind::Customer, Kind::Token, Kind::Applied, Kind::Action, Kind::Forgotten];
        self.forget(move |kind| !stays.contains(&kind)).await?;
        self.update_customer(move |record| record.begin_anew(now)).await
    }

    pub(super) async fn forget(&self, which: impl Fn(Kind) -> bool) -> Result<(), StoreError> {
        let customer = self.number;
        for kind in Kind::ALL.into_iter().filter(|kind| which(*kind)) {
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
        self.hint_rooms.freed(customer);
        Ok(())
    }
}
