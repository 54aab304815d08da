//! Beginning and ending the import (C4, B2). Pure.

use std::time::Duration;

use crate::domain::{CustomerRecord, Stage, Timestamp};

/// How old the reading of all contacts of Virtuous may be for the import to begin on it (I2).
const READING_HOLDS: Duration = Duration::from_secs(3600);

/// How the import begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// At once: the reading of all contacts of Virtuous is fresh.
    AtOnce,
    /// With a reading of all contacts of Virtuous.
    WithScan,
}

impl Beginning {
    /// How the import begins, as the record stands.
    #[must_use]
    pub fn of(record: &CustomerRecord, now: Timestamp) -> Self {
        let read_at = record.scan.as_ref().and_then(|scan| scan.done_at);
        let is_fresh = read_at.is_some_and(|at| now.since(at) <= READING_HOLDS);
        if is_fresh { Self::AtOnce } else { Self::WithScan }
    }

    /// Begins the import on the record.
    pub fn note(self, record: &mut CustomerRecord, now: Timestamp) {
        record.import_started_at.get_or_insert(now);
        match self {
            Self::AtOnce => record.stage = Stage::Importing,
            Self::WithScan => {
                record.stage = Stage::Scanning;
                // A reading that is under way goes on.
                record.scan = record.scan.take().filter(|scan| scan.done_at.is_none());
            }
        }
    }
}

/// Ends the import on the record.
pub fn end(record: &mut CustomerRecord, now: Timestamp) {
    record.stage = Stage::Live;
    record.import_done_at = Some(now);
}

#[cfg(test)]
#[path = "import_test.rs"]
mod tests;
