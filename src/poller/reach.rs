//! What a reading reaches: the way to Constant Contact, what to ask for, the clock. No store.

use crate::{
    access::CcAccess,
    clock::Clock,
    constant_contact::{Answer, streams::Include},
    domain::{CustomerId, Timestamp},
};

/// The reach of a turn's readings.
#[derive(Clone, Copy)]
pub struct Reach<'a> {
    /// The customer's name, for the log.
    pub customer: &'a CustomerId,
    /// The way to Constant Contact.
    pub cc: &'a CcAccess,
    /// What is read with a contact.
    pub include: Include,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Whether the process stops or the generation ends: finish the call in flight and begin no other.
    pub is_stopping: &'a dyn Fn() -> bool,
}

impl Reach<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The server's time, as the latest answer told it (W1).
    #[must_use]
    pub fn server_now(&self) -> Timestamp {
        self.cc.server_date().unwrap_or_else(|| self.now())
    }

    /// When an answer was true.
    #[must_use]
    pub fn seen_at<T>(&self, answer: &Answer<T>) -> Timestamp {
        answer.date.unwrap_or_else(|| self.now())
    }

    /// Whether to begin no other call.
    #[must_use]
    pub fn stops(&self) -> bool {
        (self.is_stopping)()
    }
}
