//! Rows that wait.

use super::row::Row;
use crate::domain::Timestamp;

/// A held row.
#[derive(Debug, Clone)]
pub struct Held {
    /// What was submitted.
    pub row: Row,
    /// When.
    pub at: Timestamp,
}

/// The holding state of an organisation.
#[derive(Debug, Default)]
pub struct Holding {
    pub(super) rows: Vec<Held>,
    /// Matched rows that a person has to accept ("Update Needed").
    pub(super) update_needed: Vec<Held>,
    /// Rows that never become contacts, for want of a name.
    pub(super) refused: Vec<Held>,
    pub(super) due: Timestamp,
    pub(super) runs: u64,
}

impl Holding {
    pub(crate) fn hold(&mut self, row: Row, at: Timestamp) {
        self.rows.push(Held { row, at });
    }

    /// Rows that wait for the next import.
    #[must_use]
    pub fn rows(&self) -> &[Held] {
        &self.rows
    }

    /// Rows that wait for a person in "Update Needed".
    #[must_use]
    pub fn update_needed(&self) -> &[Held] {
        &self.update_needed
    }

    /// Rows that an import could not use.
    #[must_use]
    pub fn refused(&self) -> &[Held] {
        &self.refused
    }

    /// When the next automatic import runs.
    #[must_use]
    pub const fn due(&self) -> Timestamp {
        self.due
    }

    /// How many imports had rows.
    #[must_use]
    pub const fn runs(&self) -> u64 {
        self.runs
    }
}
