//! Something that needs a person.

use crate::domain::{AlertKind, CustomerId};

/// Something that stands and needs a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Of which kind.
    pub kind: AlertKind,
    /// The customer; `None` if it concerns the process.
    pub customer: Option<CustomerId>,
    /// The customer's name that people know.
    pub name: String,
    /// What is wrong, in words that name no person.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Trouble {
    pub(super) fn concerned(&self) -> &str {
        self.customer.as_ref().map_or("", CustomerId::as_str)
    }
}
