//! What the work for one customer shares: its settings, the store, the clock, and the way to both systems.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use super::{CcAccess, VirtuousAccess};
use crate::{
    budget::SingleReads,
    clock::Clock,
    config::CustomerSettings,
    domain::{CustomerId, CustomerRecord, CustomerRules, Timestamp},
    metrics::Metrics,
    store::{CustomerStore, StoreError},
    sync::Planner,
};

/// What the work for one customer needs; one for each generation of its actors.
#[derive(Clone)]
pub struct CustomerContext {
    /// The customer's name.
    pub id: CustomerId,
    /// How the outside reaches this process, without a trailing slash.
    pub public_url: Arc<str>,
    /// Whether Virtuous would deliver there: over HTTPS, unless it is itself spoken to without (reference/virtuous.md 11.1).
    pub is_heard: bool,
    /// Its settings file.
    pub settings: Arc<CustomerSettings>,
    /// Its rules, from the settings.
    pub rules: Arc<CustomerRules>,
    /// What the store keeps of the customer.
    pub store: CustomerStore,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
    /// Contacts of Constant Contact that may be read alone in a day (W5).
    pub single_reads: SingleReads,
    /// The way to Constant Contact.
    pub cc: CcAccess,
    /// The way to Virtuous.
    pub virtuous: VirtuousAccess,
    /// Told when something was captured: work may be due, while the turn that captured it goes on (W6).
    pub captured: Arc<Notify>,
    /// Turns true when the process stops.
    pub stopping: watch::Receiver<bool>,
    /// Turns true when this generation ends.
    pub ending: watch::Receiver<bool>,
}

impl std::fmt::Debug for CustomerContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CustomerContext({})", self.id)
    }
}

impl CustomerContext {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the process stops or the generation ends: finish the call in flight and begin no other.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow() || *self.ending.borrow()
    }

    /// The customer's record.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn record(&self) -> Result<CustomerRecord, StoreError> {
        let record = self.store.record()?;
        Ok(record.unwrap_or_else(|| CustomerRecord::new(self.id.clone(), self.store.number(), self.now())))
    }

    /// The planner as the store has it now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn planner(&self, record: &CustomerRecord) -> Result<Planner, StoreError> {
        self.store.planner(record, &self.rules)
    }
}
