//! What results are kept by.

use crate::{domain::Timestamp, store::tables::keys::CustomerNo, sync::Planner};

/// The customer, what plans rest on, and the moment.
#[derive(Clone, Copy)]
pub(in crate::store) struct Basis<'a> {
    /// The customer.
    pub customer: CustomerNo,
    /// What plans rest on.
    pub planner: &'a Planner,
    /// The moment.
    pub now: Timestamp,
}
