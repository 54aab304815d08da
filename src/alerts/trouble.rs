//! Something that needs a person.

use std::collections::BTreeSet;

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

/// What a look found, and what it could not see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Looked {
    /// What stands.
    pub standing: Vec<Trouble>,
    /// Customers that were not looked at, in whole or in part (an empty text stands for the process): nothing of them is over.
    pub unseen: BTreeSet<String>,
    /// Customers that an operator paused: of these no person is told that they run again.
    pub paused_by_operator: BTreeSet<String>,
}

impl Trouble {
    pub(super) fn concerned(&self) -> &str {
        self.customer.as_ref().map_or("", CustomerId::as_str)
    }
}
