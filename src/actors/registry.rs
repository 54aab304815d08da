//! The customers that run, for parts that are no actors: their contexts, and how many of their actors live.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use super::ending::LiveCount;
use crate::{access::CustomerContext, domain::CustomerId};

/// Every customer that runs. Clones are the same registry; the system writes it.
#[derive(Clone, Default)]
pub struct Registry(Arc<RwLock<HashMap<CustomerId, (CustomerContext, LiveCount)>>>);

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Registry")
    }
}

impl Registry {
    /// The context of a customer that runs.
    #[must_use]
    pub fn context(&self, customer: &CustomerId) -> Option<CustomerContext> {
        let running = self.0.read().unwrap_or_else(PoisonError::into_inner);
        running.get(customer).map(|(context, _)| context.clone())
    }

    /// The count of a running customer's living actors.
    #[must_use]
    pub fn live(&self, customer: &CustomerId) -> Option<LiveCount> {
        let running = self.0.read().unwrap_or_else(PoisonError::into_inner);
        running.get(customer).map(|(_, live)| live.clone())
    }

    pub(super) fn insert(&self, context: CustomerContext, live: LiveCount) {
        let mut running = self.0.write().unwrap_or_else(PoisonError::into_inner);
        running.insert(context.id.clone(), (context, live));
    }

    pub(super) fn remove(&self, customer: &CustomerId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(customer);
    }
}
