//! The customers that run, for parts that are no actors: their contexts, the way to their receivers, and how many of their actors
//! live.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::{ending::LiveCount, intake::Intake, looks::Looks, messages::Whom};
use crate::{access::CustomerContext, domain::CustomerId};

/// Every customer that runs. Clones are the same registry; the system writes it.
#[derive(Clone, Default)]
pub struct Registry {
    running: Arc<RwLock<HashMap<CustomerId, Entry>>>,
    intakes: Arc<RwLock<HashMap<CustomerId, Arc<Intake>>>>,
}

struct Entry {
    context: CustomerContext,
    live: LiveCount,
    looks: Arc<Looks>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}

impl Registry {
    /// The context of a customer that runs.
    #[must_use]
    pub fn context(&self, customer: &CustomerId) -> Option<CustomerContext> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(customer).map(|entry| entry.context.clone())
    }

    /// The count of a running customer's living actors.
    #[must_use]
    pub fn live(&self, customer: &CustomerId) -> Option<LiveCount> {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        running.get(customer).map(|entry| entry.live.clone())
    }

    /// Has a running customer's children look. A customer that does not run looks when it starts.
    pub fn look(&self, customer: &CustomerId, whom: Whom) {
        let running = self.running.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = running.get(customer) {
            entry.looks.ask(whom);
        }
    }

    /// The way to the receiver of a customer, which need not run yet: ask for customers of the settings only.
    #[must_use]
    pub fn intake(&self, customer: &CustomerId) -> Arc<Intake> {
        if let Some(intake) = self.intakes.read().unwrap_or_else(PoisonError::into_inner).get(customer) {
            return Arc::clone(intake);
        }
        let mut intakes = self.intakes.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(intakes.entry(customer.clone()).or_default())
    }

    pub(super) fn insert(&self, context: CustomerContext, live: LiveCount, looks: Arc<Looks>) {
        let mut running = self.running.write().unwrap_or_else(PoisonError::into_inner);
        running.insert(context.id.clone(), Entry { context, live, looks });
    }

    pub(super) fn remove(&self, customer: &CustomerId) {
        self.running.write().unwrap_or_else(PoisonError::into_inner).remove(customer);
        self.intakes.write().unwrap_or_else(PoisonError::into_inner).remove(customer);
    }
}
