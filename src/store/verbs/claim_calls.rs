//! Calls of a Constant Contact key's day: claimed before they are made, given back if they are not (W4).
//!
//! Each verb changes the stored count by what it says, inside the store's transaction. Claimants share the day: none writes the count
//! from its own memory.

use crate::{
    budget::{DailyClaim, DailyGrant},
    domain::Timestamp,
    store::{
        engine::StoreError,
        handle::{CustomerStore, Store},
        tables::{
            keys::Key,
            ledger::{self, DayShare},
        },
    },
};

impl Store {
    /// Claims calls of a day, and makes them durable. What is granted may be fewer than was claimed, or none, if the day is used up.
    /// `key` is a fingerprint, never the key itself.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn claim_calls(&self, key: String, claim: DailyClaim) -> Result<DailyGrant, StoreError> {
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, Key::ledger(&key))?;
            let grant = state.claim(claim);
            ledger::put(changes, Key::ledger(&key), &state)?;
            Ok(grant)
        })
        .await
    }

    /// Gives back calls that were claimed for a day and are not made.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn give_back_calls(&self, key: String, day: i64, calls: u64) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, Key::ledger(&key))?;
            state.give_back(day, calls);
            ledger::put(changes, Key::ledger(&key), &state)
        })
        .await
    }

    /// Counts the day's calls as made, but for the reserve: how many were is not known, as the store is a backup's.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn use_up_calls(&self, key: String, limit: u64, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, Key::ledger(&key))?;
            state.use_up(now.utc_day(), limit);
            ledger::put(changes, Key::ledger(&key), &state)
        })
        .await
    }

    /// Keeps until when Constant Contact refuses a key, so that a restart does not try again.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn stop_calls(&self, key: String, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, Key::ledger(&key))?;
            state.stopped_until = Some(until);
            ledger::put(changes, Key::ledger(&key), &state)
        })
        .await
    }
}

impl CustomerStore {
    /// Claims calls of a customer's share of the day, and makes them durable (W5).
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn claim_share(&self, share: DayShare, claim: DailyClaim) -> Result<DailyGrant, StoreError> {
        let key = self.share_key(share);
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, key.clone())?;
            let grant = state.claim(claim);
            ledger::put(changes, key, &state)?;
            Ok(grant)
        })
        .await
    }

    /// Gives back calls of a share that were claimed for a day and not made.
    ///
    /// # Errors
    /// When the store cannot read or write.
    pub async fn give_back_share(&self, share: DayShare, day: i64, calls: u64) -> Result<(), StoreError> {
        let key = self.share_key(share);
        self.write(move |reader, changes| {
            let mut state = ledger::read(reader, key.clone())?;
            state.give_back(day, calls);
            ledger::put(changes, key, &state)
        })
        .await
    }
}

#[cfg(test)]
#[path = "claim_calls_test.rs"]
mod tests;
