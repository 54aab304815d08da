//! The holding state and the nightly import (section 3.2): rows are held unseen, then grouped by source, matched and
//! merged or created. Nothing of it shows in the API until it has run.

mod matching;
mod merge;
mod row;

use std::collections::HashMap;

use serde::Serialize;

pub use row::Row;

use self::matching::Matcher;
use super::organisation::Organisation;
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
    rows: Vec<Held>,
    /// Matched rows that a person has to accept ("Update Needed").
    update_needed: Vec<Held>,
    /// Rows that never become contacts, for want of a name.
    refused: Vec<Held>,
    due: Timestamp,
    runs: u64,
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
    /// Sets when the next automatic import is due, after `now`.
    pub(crate) fn plan_import(&mut self, now: Timestamp) {
        self.holding.due = match self.switches.import_every {
            Some(seconds) => now.plus(std::time::Duration::from_secs(seconds.max(1))),
            None => self.next_local_midnight(now),
        };
    }

    /// Takes new switches; the next import is planned anew.
    pub fn set_switches(&mut self, switches: super::switches::Switches, now: Timestamp) {
        let replan = switches.import_every != self.switches.import_every;
        self.switches = switches;
        if replan {
            self.plan_import(now);
        }
    }

    fn next_local_midnight(&self, now: Timestamp) -> Timestamp {
        let tomorrow = self.local_date(now).succ_opt().unwrap_or_default();
        // Where summer time begins at midnight there is no 00:00; one hour later there is.
        let local = [0, 1].iter().find_map(|hour| {
            tomorrow.and_hms_opt(*hour, 0, 0)?.and_local_timezone(self.time_zone).earliest()
        });
        local.map_or_else(|| now.next_utc_midnight(), |at| Timestamp::from_datetime(at.to_utc()))
    }

    /// Runs the import if it is due, dated when it was due. Called before everything that looks.
    pub fn tick(&mut self, now: Timestamp) {
        if now < self.holding.due {
            return;
        }
        // Whatever is held was submitted before the due time: every call ticks first.
        let at = self.holding.due;
        if !self.switches.import_waits_for_person {
            self.run_import(at);
        }
        self.plan_import(now);
    }

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
