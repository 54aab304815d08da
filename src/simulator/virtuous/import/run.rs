//! One import: the held rows, matched and merged or made into contacts.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    holding::Held,
    matching::Matcher,
    row::{Row, filled},
};
use crate::{domain::Timestamp, simulator::virtuous::organisation::Organisation};

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// New contacts.
    pub created: usize,
    /// Rows merged into contacts.
    pub merged: usize,
    /// Rows left for a person.
    pub waiting: usize,
    /// Rows without the needed names.
    pub refused: usize,
    /// Rows beyond the first of one reference.
    pub duplicate_rows: u64,
}

impl Organisation {
    /// Runs the import now, as a person does by pressing Run.
    pub fn run_import(&mut self, now: Timestamp) -> ImportReport {
        let mut rows = std::mem::take(&mut self.holding.rows);
        if rows.is_empty() {
            return ImportReport::default();
        }
        self.holding.runs += 1;
        // One import a source; within it the order of submission stays.
        rows.sort_by(|one, other| one.row.reference_source.cmp(&other.row.reference_source));
        let mut report = ImportReport { duplicate_rows: duplicate_rows(&rows), ..ImportReport::default() };
        self.meter.repeats.duplicate_rows += report.duplicate_rows;
        let (mut created, mut updated) = (Vec::new(), Vec::new());
        let blind = self.switches.import_rows_blind;
        let mut matcher = Matcher::new(&self.book);
        for held in rows {
            if !self.names_suffice(&held.row) {
                report.refused += 1;
                self.holding.refused.push(held);
                continue;
            }
            match matcher.find(&self.book, &held.row, blind.then_some(now)) {
                Some(_) if self.switches.updates_wait_for_person => {
                    report.waiting += 1;
                    self.holding.update_needed.push(held);
                }
                Some(contact) => {
                    self.merge_row(contact, &held.row, now);
                    matcher.learn(&held.row, contact);
                    report.merged += 1;
                    updated.push(contact);
                }
                None => {
                    let contact = self.create_from_row(&held.row, now);
                    matcher.learn(&held.row, contact);
                    report.created += 1;
                    created.push(contact);
                }
            }
        }
        self.announce("ContactCreate", &created, now);
        self.announce("ContactUpdate", &updated, now);
        report
    }

    /// A person accepts everything in "Update Needed".
    pub fn accept_updates(&mut self, now: Timestamp) -> ImportReport {
        let rows = std::mem::take(&mut self.holding.update_needed);
        let mut report = ImportReport::default();
        let mut updated = Vec::new();
        let matcher = Matcher::new(&self.book);
        for held in rows {
            if let Some(contact) = matcher.find(&self.book, &held.row, None) {
                self.merge_row(contact, &held.row, now);
                report.merged += 1;
                updated.push(contact);
            }
        }
        self.announce("ContactUpdate", &updated, now);
        report
    }

    /// Whether a row has the names that are needed (section 3.1: CONFLICT on whether one suffices).
    pub(crate) fn names_suffice(&self, row: &Row) -> bool {
        if matches!(row.contact_type.as_deref(), Some("Organization" | "Foundation")) {
            return filled(&row.name).is_some();
        }
        let (first, last) = (filled(&row.first_name).is_some(), filled(&row.last_name).is_some());
        if self.switches.both_names_required { first && last } else { first || last }
    }
}

fn duplicate_rows(rows: &[Held]) -> u64 {
    let mut seen: HashMap<(Option<&str>, &str), u64> = HashMap::new();
    for held in rows {
        if let Some(id) = held.row.reference_id.as_deref() {
            *seen.entry((held.row.reference_source.as_deref(), id)).or_default() += 1;
        }
    }
    seen.values().map(|count| count - 1).sum()
}
