//! The hosts that customers' calls go to, known to all customers of the process: a host without connection is tried by one call at a
//! time, and told of once (E4).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    domain::{CustomerId, Timestamp},
    sync::outage::Outage,
};

/// A host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The API of Constant Contact.
    ConstantContact,
    /// The host that gives tokens for it.
    Tokens,
    /// The API of Virtuous.
    Virtuous,
}

impl Host {
    const fn name(self) -> &'static str {
        match self {
            Self::ConstantContact => "constant_contact",
            Self::Tokens => "constant_contact (tokens)",
            Self::Virtuous => "virtuous",
        }
    }
}

/// What is known of all hosts. Clones are the same. Its lines are of no customer, whichever customer met it.
#[derive(Debug, Clone, Default)]
pub struct Hosts(Arc<[Mutex<Outage>; 3]>);

impl Hosts {
    /// Until when no call of this customer to the host is made; `None`: it may be.
    #[must_use]
    pub fn holds(&self, host: Host, customer: &CustomerId, now: Timestamp) -> Option<Timestamp> {
        let mut outage = self.of(host);
        // A token that still lasts needs no token host: only customers that were refused there wait.
        if host == Host::Tokens && outage.waits(customer).is_none() {
            return None;
        }
        outage.holds(customer, now)
    }

    /// When a customer comes again that waits for this host; `None` if it does not.
    #[must_use]
    pub fn waits(&self, host: Host, customer: &CustomerId) -> Option<Timestamp> {
        self.of(host).waits(customer)
    }

    /// Whether no connection to the host can be made.
    #[must_use]
    pub fn is_out(&self, host: Host) -> bool {
        self.of(host).is_out()
    }

    /// No connection was made for this customer.
    pub fn unreachable(&self, host: Host, customer: &CustomerId, text: &str, now: Timestamp) {
        let told = self.of(host).unreachable(customer, now);
        if let Some(told) = told {
            tracing::warn!(parent: None, host = host.name(), text, since = %told.since, customers = told.waiting, "the host cannot be reached: its customers wait, one call tries it every 30 s, and no limit or attempt is used up (E4)");
        }
    }

    /// A connection was made.
    pub fn answered(&self, host: Host) {
        let told = self.of(host).answered();
        if let Some(told) = told {
            tracing::warn!(parent: None, host = host.name(), since = %told.since, customers = told.waiting, "the host can be reached again: its customers go on, one after the other (E4)");
        }
    }

    fn of(&self, host: Host) -> MutexGuard<'_, Outage> {
        self.0[host as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
