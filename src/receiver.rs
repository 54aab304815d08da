//! The receiver: keeps what comes from outside, on disk before it is acknowledged (W5, V1).
//!
//! It is no actor and runs on the threads of the HTTP side, so that hooks are answered whatever the actors do, and before a
//! customer's actors have started (B4). The hints of a customer that arrive while others of it are written are the next group:
//! one operation, one answer of the disk, one nudge for all of them.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{
    domain::{ContactEvent, Timestamp},
    service::IntakeError,
    store::{CustomerNo, CustomerStore, EventsKept, HintAbout, SharedPlanner, StoreError},
};

/// Deliveries of one customer that wait for the disk; one more is answered 503 with `Retry-After`, so that a flood of one
/// customer leaves connections for the others.
pub const WAITING_MAX: usize = 256;
/// Hints of a group; a delivery that would make it larger waits as well.
const HINTS_MAX: usize = 40_000;

/// Keeps deliveries. One for the process.
#[derive(Debug, Default)]
pub struct Receiver(Mutex<HashMap<CustomerNo, Arc<OfCustomer>>>);

/// What waits of one customer.
#[derive(Debug)]
struct OfCustomer {
    places: Arc<Semaphore>,
    hints: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: Group,
    /// A group is on its way to the disk; what arrives meanwhile is the next.
    is_writing: bool,
}

/// Hints that reach the disk together, and the deliveries that they came with.
#[derive(Debug, Default)]
struct Group {
    about: Vec<HintAbout>,
    told: Vec<oneshot::Sender<Result<(), StoreError>>>,
    received_at: Timestamp,
}

impl Receiver {
    /// Keeps hints; answers once they are on disk. `kept` is called once for each group of them.
    ///
    /// # Errors
    /// [`IntakeError::Busy`] when too many wait already; [`IntakeError::Store`].
    pub async fn hints(
        &self,
        store: &CustomerStore,
        about: Vec<HintAbout>,
        now: Timestamp,
        kept: impl Fn() + Send + 'static,
    ) -> Result<(), IntakeError> {
        let of_customer = self.of(store.number());
        let _place = of_customer.place()?;
        let (tell, told) = oneshot::channel();
        let begins = {
            let mut waiting = of_customer.waiting();
            let group = &mut waiting.next;
            if !group.about.is_empty() && group.about.len() + about.len() > HINTS_MAX {
                return Err(IntakeError::Busy);
            }
            group.about.extend(about);
            group.told.push(tell);
            group.received_at = group.received_at.max(now);
            !mem::replace(&mut waiting.is_writing, true)
        };
        if begins {
            // On its own, so that a sender that goes away takes no other's hints with it.
            tokio::spawn(Writing { of_customer, ended: false }.write(store.clone(), kept));
        }
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(IntakeError::Store),
            Err(_) => Err(IntakeError::Busy),
        }
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
        let _place = self.of(store.number()).place()?;
        store.keep_events(events, planner, now).await.map_err(|_| IntakeError::Store)
    }

    fn of(&self, customer: CustomerNo) -> Arc<OfCustomer> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(customer).or_default())
    }
}

impl Default for OfCustomer {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(WAITING_MAX)), hints: Mutex::default() }
    }
}

impl OfCustomer {
    fn place(&self) -> Result<OwnedSemaphorePermit, IntakeError> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| IntakeError::Busy)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writing of a customer's groups. If it is broken off, its drop lets the next delivery begin anew.
struct Writing {
    of_customer: Arc<OfCustomer>,
    ended: bool,
}

impl Writing {
    /// Writes a group after the other until nothing waits.
    async fn write(mut self, store: CustomerStore, kept: impl Fn()) {
        while let Some(Group { about, told, received_at }) = self.next() {
            let outcome = store.keep_hints(about, received_at).await;
            if outcome.is_ok() {
                kept();
            }
            for tell in told {
                let _ = tell.send(outcome.clone());
            }
        }
    }

    /// The next group; the end of the writing if nothing waits.
    fn next(&mut self) -> Option<Group> {
        let mut waiting = self.of_customer.waiting();
        let group = mem::take(&mut waiting.next);
        waiting.is_writing = !group.told.is_empty();
        self.ended = !waiting.is_writing;
        waiting.is_writing.then_some(group)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            *self.of_customer.waiting() = Waiting::default();
        }
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
        let flood =
            join_all((0..2 * WAITING_MAX).map(|number| receiver.hints(&hope, hint(number), now, || ())));
        let (answers, of_other) = tokio::join!(flood, receiver.hints(&other, hint(0), now, || ()));
        let count = |answer| answers.iter().filter(|it| **it == answer).count();
        assert_eq!((count(Ok(())), count(Err(IntakeError::Busy))), (WAITING_MAX, WAITING_MAX));
        assert_eq!(of_other, Ok(()), "the flood is its customer's alone");
        assert_eq!(hope.hints(now, usize::MAX).unwrap().due.len(), WAITING_MAX);
        assert!(groups() - before <= 16, "{} groups for {WAITING_MAX} hints", groups() - before);
        assert_eq!(receiver.hints(&hope, hint(0), now, || ()).await, Ok(()), "places are free again");
    }
}
