//! The state of things at the time of a scrape: looked up when asked, so that it cannot drift.

use std::time::Duration;

use crate::{
    domain::{CustomerId, Lane, System},
    store::StoreCounters,
};

/// The state of things at the time of a scrape.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Every customer.
    pub customers: Vec<CustomerSnapshot>,
    /// Every budget.
    pub budgets: Vec<BudgetSnapshot>,
    /// How old the newest backup is, or how long there was none; `None` without a store to back up.
    pub backup_age: Option<Duration>,
    /// Alerts on their way; `None` where none are sent.
    pub alerts_waiting: Option<u64>,
    /// How long the store took to make groups of writes durable.
    pub store: StoreCounters,
}

/// The state of one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerSnapshot {
    /// The customer.
    pub customer: CustomerId,
    /// Age of the oldest opt-out that is not applied yet; zero if there is none.
    pub oldest_unapplied_opt_out: Duration,
    /// Number of subjects in each state.
    pub subjects: Vec<(&'static str, u64)>,
    /// Number of work items in each lane; lanes that are left out show 0.
    pub work: Vec<(Lane, u64)>,
    /// How far behind its pace each stream is.
    pub poll_lag: Vec<(&'static str, Duration)>,
    /// Whether the brake holds (B1).
    pub brake: bool,
    /// Why the customer is paused, if so (B3).
    pub paused: Option<&'static str>,
    /// Whether it is connected to each system.
    pub connected: Vec<(System, bool)>,
}

/// The state of one budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetSnapshot {
    /// Whose limit it is.
    pub system: System,
    /// Which key or organisation: a name, never the key itself.
    pub key: String,
    /// Calls left.
    pub remaining: u64,
}
