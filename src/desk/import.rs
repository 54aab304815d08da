//! The first import (C4): start it, hold it, see how far it is.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{DeskError, ImportVerb, customers::states};
use crate::{
    domain::{CustomerRecord, Stage, State, Timestamp},
    store::Store,
};

/// How far the reading of all Virtuous contacts is (I2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanStatus {
    /// When it began.
    pub started_at: String,
    /// Contacts read.
    pub read: u64,
    /// When it ended.
    pub done_at: Option<String>,
}

/// How far the import is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportStatus {
    /// `observing`, `scanning`, `importing` or `live`.
    pub stage: String,
    /// When it was asked for.
    pub started_at: Option<String>,
    /// When nothing was left to send.
    pub done_at: Option<String>,
    /// Whether an operator holds the import lane.
    pub paused: bool,
    /// The reading of Virtuous' contacts.
    pub scan: Option<ScanStatus>,
    /// Subscribers by state.
    pub states: BTreeMap<String, u64>,
    /// All subscribers.
    pub subjects: u64,
    /// Sent and not yet confirmed.
    pub submitted: u64,
    /// Linked to a Virtuous contact.
    pub confirmed: u64,
    /// Share of subscribers that are neither pending nor submitted, 0 to 100.
    pub percent: f64,
}

impl fmt::Display for ImportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paused = if self.paused { " (paused)" } else { "" };
        writeln!(
            f,
            "import: {}{paused}, {:.1} % of {} subscribers",
            self.stage, self.percent, self.subjects
        )?;
        match &self.started_at {
            Some(at) => writeln!(f, "  since      {at}")?,
            None => writeln!(f, "  not started: nothing is written until `tandem import CUSTOMER start`")?,
        }
        if let Some(scan) = &self.scan {
            let end = scan.done_at.as_deref().map_or("going on".to_owned(), |at| format!("done {at}"));
            writeln!(f, "  scan       {} Virtuous contacts read, {end}", scan.read)?;
        }
        writeln!(f, "  submitted  {}\n  confirmed  {}", self.submitted, self.confirmed)?;
        if let Some(at) = &self.done_at {
            writeln!(f, "  done       {at}")?;
        }
        self.states
            .iter()
            .filter(|(_, count)| **count > 0)
            .try_for_each(|(state, count)| writeln!(f, "  {state:<10} {count}"))
    }
}

/// The name of a stage.
#[must_use]
pub const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Observing => "observing",
        Stage::Scanning => "scanning",
        Stage::Importing => "importing",
        Stage::Live => "live",
    }
}

/// How far a customer's import is.
///
/// # Errors
/// When the store cannot be read.
pub fn status(store: &Store, record: &CustomerRecord) -> Result<ImportStatus, DeskError> {
    let counts = store.of(record.number).counts()?;
    let (subjects, of) = (counts.subjects(), |state: State| counts.states[usize::from(state.to_u8())]);
    let open = of(State::Pending) + of(State::Submitted);
    let percent =
        if subjects == 0 { 0.0 } else { (subjects - open.min(subjects)) as f64 * 100.0 / subjects as f64 };
    Ok(ImportStatus {
        stage: stage_name(record.stage).to_owned(),
        started_at: record.import_started_at.map(|at| at.to_string()),
        done_at: record.import_done_at.map(|at| at.to_string()),
        paused: record.import_paused,
        scan: record.scan.as_ref().map(|scan| ScanStatus {
            started_at: scan.started_at.to_string(),
            read: scan.read,
            done_at: scan.done_at.map(|at| at.to_string()),
        }),
        states: states(&counts),
        subjects,
        submitted: of(State::Submitted),
        confirmed: counts.linked,
        percent,
    })
}

/// Starts, holds or goes on with the import, and says how far it is.
///
/// # Errors
/// [`DeskError::Refused`] when there is nothing to start or hold; when the store cannot read or write.
pub async fn import(
    store: &Store,
    record: CustomerRecord,
    verb: ImportVerb,
    now: Timestamp,
) -> Result<ImportStatus, DeskError> {
    let id = &record.id;
    match verb {
        ImportVerb::Status => return status(store, &record),
        // Starting twice is the same as once.
        ImportVerb::Start => {}
        ImportVerb::Pause | ImportVerb::Resume if record.import_started_at.is_none() => {
            let text = format!("the import of \"{id}\" was not started: run `tandem import {id} start`");
            return Err(DeskError::Refused(text));
        }
        ImportVerb::Pause | ImportVerb::Resume => {}
    }
    let changed = store
        .of(record.number)
        .update_customer(move |record| match verb {
            ImportVerb::Start => {
                start_record(record, now);
                record.import_paused = false;
            }
            ImportVerb::Pause => record.import_paused = true,
            ImportVerb::Resume => record.import_paused = false,
            ImportVerb::Status => {}
        })
        .await?;
    status(store, &changed.unwrap_or(record))
}

/// Asks for the import on the record, unless that was done before. The submitter begins it once Constant Contact was read
/// whole: first the contacts of Virtuous are read (I2).
pub fn start_record(record: &mut CustomerRecord, now: Timestamp) -> bool {
    if record.stage != Stage::Observing || record.import_started_at.is_some() {
        return false;
    }
    record.import_started_at = Some(now);
    true
}
