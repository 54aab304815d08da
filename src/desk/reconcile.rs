//! A whole reading of both sides on demand (V2).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{DeskError, Room, import};
use crate::domain::{
    CustomerId, CustomerRecord, Stage,
    reading::{SideRead, WholeReading},
};

/// One side of a whole reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideView {
    /// When it ended.
    pub done_at: Option<String>,
    /// Subscribers for whom it showed something else than was known, by facet.
    pub drift: BTreeMap<String, u64>,
}

impl SideView {
    fn of(side: &SideRead) -> Self {
        let drift = side.drift.by_facet().map(|(facet, count)| (facet.to_owned(), count));
        Self { done_at: side.done_at.map(|at| at.to_string()), drift: drift.into() }
    }
}

impl fmt::Display for SideView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.drift.iter().filter(|(_, count)| **count > 0);
        let found: Vec<String> = found.map(|(facet, count)| format!("{facet} {count}")).collect();
        let found =
            if found.is_empty() { "no drift".to_owned() } else { format!("drift: {}", found.join(", ")) };
        match &self.done_at {
            Some(at) => write!(f, "read by {at}, {found}"),
            None => write!(f, "under way, {found}"),
        }
    }
}

/// A whole reading of both sides: the one under way, or the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingView {
    /// When it was asked for.
    pub asked_at: String,
    /// Constant Contact.
    pub constant_contact: SideView,
    /// Virtuous.
    pub virtuous: SideView,
}

impl ReadingView {
    /// As operators see it.
    #[must_use]
    pub fn of(reading: &WholeReading) -> Self {
        Self {
            asked_at: reading.asked_at.to_string(),
            constant_contact: SideView::of(&reading.constant_contact),
            virtuous: SideView::of(&reading.virtuous),
        }
    }
}

impl fmt::Display for ReadingView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "whole reading, asked for {}", self.asked_at)?;
        writeln!(f, "  Constant Contact: {}", self.constant_contact)?;
        writeln!(f, "  Virtuous: {}", self.virtuous)
    }
}

/// Asks for a whole reading; one that is under way is shown.
///
/// # Errors
/// [`DeskError::Refused`] before the first import is done, which reads everything by itself.
pub async fn reconcile(room: &Room, id: &CustomerId) -> Result<ReadingView, DeskError> {
    let record = room.record(id)?;
    if record.stage != Stage::Live {
        let stage = import::stage_name(record.stage);
        let text = format!(
            "the customer \"{id}\" is {stage}: the first import reads both sides whole by itself (`tandem import {id} \
             status`)"
        );
        return Err(DeskError::Refused(text));
    }
    let now = room.now();
    let ask = move |record: &mut CustomerRecord| {
        record.ask_for_reading(now);
    };
    let asked = room.store.of(record.number).update_customer(ask).await?.and_then(|record| record.reading);
    asked
        .map(|reading| ReadingView::of(&reading))
        .ok_or_else(|| DeskError::Refused(format!("the customer \"{id}\" changed just now: ask again")))
}
