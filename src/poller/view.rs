//! What the lines of a turn hold: what is known, the way out, the one place that keeps.

use crate::{
    budget::SingleReads,
    config::CustomerConstantContact,
    domain::{CustomerRecord, Timestamp},
};

use super::{commit::Committer, known::Known, reach::Reach};

/// The customer, as a turn sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// What the store knows.
    pub known: Known<'a>,
    /// What readings reach.
    pub reach: Reach<'a>,
    /// Keeps what was read.
    pub commit: Committer<'a>,
    /// The customer's record at the beginning of the turn.
    pub record: &'a CustomerRecord,
    /// The customer's settings of Constant Contact.
    pub settings: &'a CustomerConstantContact,
    /// Contacts that may be read alone in a day (W5).
    pub single_reads: SingleReads,
}

impl View<'_> {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.reach.now()
    }
}
