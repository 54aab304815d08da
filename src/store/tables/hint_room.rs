//! How many hints from outside a customer may still have kept (W5): counted in memory, so that a delivery costs no scan.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::store::engine::StoreError;

use super::keys::CustomerNo;

/// Hints from outside that are kept of a customer; those over it are one wish for a poll.
pub const HINTS_KEPT_MAX: u64 = 10_000;

/// The room of every customer whose hints were counted in this process.
#[derive(Debug, Default)]
pub(in crate::store) struct HintRooms(Mutex<HashMap<CustomerNo, Room>>);

/// What a customer has left: at least so much.
#[derive(Debug, Clone, Copy)]
struct Room {
    left: u64,
    was_freed: bool,
}

impl HintRooms {
    /// Hints that may still be kept. `count` tells how many are: at first, and once there is no room, after some were forgotten.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub(in crate::store) fn left(
        &self,
        customer: CustomerNo,
        count: impl FnOnce() -> Result<u64, StoreError>,
    ) -> Result<u64, StoreError> {
        let known = self.lock().get(&customer).copied();
        if let Some(room) = known.filter(|room| room.left > 0 || !room.was_freed) {
            return Ok(room.left);
        }
        let left = HINTS_KEPT_MAX.saturating_sub(count()?);
        self.lock().insert(customer, Room { left, was_freed: false });
        Ok(left)
    }

    /// So many may still be kept from now on.
    pub(in crate::store) fn set(&self, customer: CustomerNo, left: u64) {
        if let Some(room) = self.lock().get_mut(&customer) {
            room.left = left;
        }
    }

    /// Hints of a customer were forgotten.
    pub(in crate::store) fn freed(&self, customer: CustomerNo) {
        if let Some(room) = self.lock().get_mut(&customer) {
            room.was_freed = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<CustomerNo, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
