//! What the readers of Virtuous reach: the store of one customer, and the way to Virtuous.

use std::sync::Arc;

use crate::{
    access::VirtuousAccess,
    clock::Clock,
    domain::{CustomerId, CustomerRecord, CustomerRules, Lane, Timestamp, VirtuousContact},
    store::{CustomerStore, StoreError},
    submitter::{commit::Committer, perform::merges::Follower, performed::Seen, suspects::KnownSuspects},
    sync::Planner,
    turn::TurnError,
};

/// The reach of a reader of Virtuous.
#[derive(Clone, Copy)]
pub struct VirtuousSide<'a> {
    /// The customer's name, for the log.
    pub customer: &'a CustomerId,
    /// The customer's store.
    pub store: &'a CustomerStore,
    /// The way to Virtuous.
    pub virtuous: &'a VirtuousAccess,
    /// The customer's rules.
    pub rules: &'a CustomerRules,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Whether the process stops or the generation ends: finish the call in flight and begin no other.
    pub is_stopping: &'a dyn Fn() -> bool,
}

impl VirtuousSide<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where what was read is kept.
    #[must_use]
    pub const fn committer(&self) -> Committer<'_> {
        Committer { customer: self.customer, store: self.store }
    }

    /// The planner as the store has it now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn planner(&self, record: &CustomerRecord) -> Result<Arc<Planner>, StoreError> {
        self.store.planner(record, self.rules).map(Arc::new)
    }

    /// Follows the merges that contacts which were just read tell of (I3).
    ///
    /// # Errors
    /// A passing failure, by who acts on it: nothing is to be kept of the contacts then.
    pub async fn follow_merges(&self, lane: Lane, contacts: &[VirtuousContact]) -> Result<Seen, TurnError> {
        let suspects = KnownSuspects { store: self.store, rules: self.rules };
        let (customer, virtuous) = (self.customer, self.virtuous);
        let two_way = self.rules.two_way;
        let follower = Follower { customer, virtuous, suspects: &suspects, lane, two_way };
        follower.follow(contacts).await.map_err(|error| virtuous.turn_error(error))
    }
}
