//! A whole reading of both sides: the one under way, or the last (V2).

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    reading::{SideRead, WholeReading},
};

/// One side of a whole reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SideView {
    /// When it ended.
    pub done_at: Option<Timestamp>,
    /// Subscribers for whom it showed something else than was known, by facet.
    pub drift: BTreeMap<String, u64>,
}

impl SideView {
    fn of(side: &SideRead) -> Self {
        let drift = side.drift.by_facet().map(|(facet, count)| (facet.to_owned(), count));
        Self { done_at: side.done_at, drift: drift.into() }
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

/// A whole reading of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingView {
    /// When it was asked for.
    pub asked_at: Timestamp,
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
            asked_at: reading.asked_at,
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
