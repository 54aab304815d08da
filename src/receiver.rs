//! The receiver: keeps what comes from outside, on disk before it is acknowledged (W5, V1).
//!
//! It is no actor and runs on the threads of the HTTP side, so that hooks are answered whatever the actors do, and before a
//! customer's actors have started (B4). What arrives while the disk is busy becomes one group of the store's writer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    domain::{ContactEvent, Timestamp},
    service::IntakeError,
    store::{CustomerNo, CustomerStore, EventsKept, HintAbout, SharedPlanner},
};

/// Deliveries of one customer that wait for the disk; one more is answered 503 with `Retry-After`, so that a flood of one
/// customer leaves connections for the others.
pub const WAITING_MAX: usize = 256;

/// Keeps deliveries. One for the process.
#[derive(Debug, Default)]
pub struct Receiver(Mutex<HashMap<CustomerNo, Arc<Semaphore>>>);

impl Receiver {
    /// Keeps hints; answers once they are on disk.
    ///
    /// # Errors
    /// [`IntakeError::Busy`] when too many wait already; [`IntakeError::Store`].
    pub async fn hints(
        &self,
        store: &CustomerStore,
        about: Vec<HintAbout>,
        now: Timestamp,
    ) -> Result<(), IntakeError> {
        let _place = self.place(store.number())?;
        store.keep_hints(about, now).await.map_err(|_| IntakeError::Store)
    }

    /// Keeps events; answers once they are on disk. With a planner, events that tell their contact are compared with what is
    /// known (V3).
    ///
    /// # Errors
    /// As [`Receiver::hints`].
    pub async fn events(
        &self,
        store: &CustomerStore,
        events: Vec<ContactEvent>,
        planner: Option<SharedPlanner>,
        now: Timestamp,
    ) -> Result<EventsKept, IntakeError> {
        let _place = self.place(store.number())?;
        store.keep_events(events, planner, now).await.map_err(|_| IntakeError::Store)
    }

    fn place(&self, customer: CustomerNo) -> Result<OwnedSemaphorePermit, IntakeError> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_customer = places.entry(customer).or_insert_with(|| Arc::new(Semaphore::new(WAITING_MAX)));
        Arc::clone(of_customer).try_acquire_owned().map_err(|_| IntakeError::Busy)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;
    use crate::store::{Options, Store};

    #[tokio::test]
    async fn w5_what_arrives_together_is_kept_together_and_a_flood_is_told_to_wait() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Options::default()).unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let hope = store.of(store.enrol("hope".parse().unwrap(), now).await.unwrap().number);
        let other = store.of(store.enrol("other".parse().unwrap(), now).await.unwrap().number);
        let receiver = Receiver::default();
        let groups = || store.engine().metrics().snapshot().groups;
        let before = groups();
        let hint = |number: usize| vec![HintAbout::Contact(format!("{number}"))];
        let flood = join_all((0..2 * WAITING_MAX).map(|number| receiver.hints(&hope, hint(number), now)));
        let (answers, of_other) = tokio::join!(flood, receiver.hints(&other, hint(0), now));
        let count = |answer| answers.iter().filter(|it| **it == answer).count();
        assert_eq!((count(Ok(())), count(Err(IntakeError::Busy))), (WAITING_MAX, WAITING_MAX));
        assert_eq!(of_other, Ok(()), "the flood is its customer's alone");
        assert_eq!(hope.hints(now, usize::MAX).unwrap().due.len(), WAITING_MAX);
        assert!(groups() - before <= 16, "{} groups for {WAITING_MAX} hints", groups() - before);
        assert_eq!(receiver.hints(&hope, hint(0), now).await, Ok(()), "places are free again");
    }
}
