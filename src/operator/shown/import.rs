//! How far the first import is (C4).

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    counts::{by_name, of_state, states},
    waits::WaitView,
};
use crate::{
    domain::{CustomerRecord, Stage, State, Timestamp},
    operator::{OperatorContext, OperatorError},
};

/// How far the reading of all Virtuous contacts is (I2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanView {
    /// When it began.
    pub started_at: Timestamp,
    /// Contacts read.
    pub read: u64,
    /// When it ended.
    pub done_at: Option<Timestamp>,
}

/// How far the import is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImportView {
    /// The customer's stage.
    pub stage: Stage,
    /// When it was asked for.
    pub started_at: Option<Timestamp>,
    /// When nothing was left to send.
    pub done_at: Option<Timestamp>,
    /// Whether an operator holds the import lane.
    pub paused: bool,
    /// The reading of Virtuous' contacts.
    pub scan: Option<ScanView>,
    /// Subscribers by state.
    pub states: BTreeMap<State, u64>,
    /// All subscribers.
    pub subjects: u64,
    /// Sent and not yet confirmed.
    pub submitted: u64,
    /// Linked to a Virtuous contact.
    pub confirmed: u64,
    /// Share of subscribers that are neither pending nor submitted, 0 to 100.
    pub percent: f64,
    /// What it waits for, if so.
    #[serde(default)]
    pub waits_for: Option<WaitView>,
}

impl ImportView {
    /// How far a customer's import is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of(context: &OperatorContext, record: &CustomerRecord) -> Result<Self, OperatorError> {
        let counts = context.deps.store.of(record.number).counts()?;
        let subjects = counts.subjects();
        let submitted = of_state(&counts, State::Submitted);
        let open = (of_state(&counts, State::Pending) + submitted).min(subjects);
        let percent = if subjects == 0 { 0.0 } else { (subjects - open) as f64 * 100.0 / subjects as f64 };
        Ok(Self {
            stage: record.stage,
            started_at: record.import_started_at,
            done_at: record.import_done_at,
            paused: record.import_paused,
            scan: record.scan.as_ref().map(|scan| ScanView {
                started_at: scan.started_at.unwrap_or(Timestamp::EPOCH),
                read: scan.read,
                done_at: scan.done_at,
            }),
            states: states(&counts),
            subjects,
            submitted,
            confirmed: counts.linked,
            percent,
            waits_for: WaitView::of_customer(context, record)?,
        })
    }
}

impl fmt::Display for ImportView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paused = if self.paused { " (paused)" } else { "" };
        let stage = self.stage.as_str();
        writeln!(f, "import: {stage}{paused}, {:.1} % of {} subscribers", self.percent, self.subjects)?;
        match &self.started_at {
            Some(at) => writeln!(f, "  since      {at}")?,
            None => writeln!(f, "  not started: nothing is written until `tandem import CUSTOMER start`")?,
        }
        if let Some(scan) = &self.scan {
            let end = scan.done_at.map_or("going on".to_owned(), |at| format!("done {at}"));
            writeln!(f, "  scan       {} Virtuous contacts read, {end}", scan.read)?;
        }
        writeln!(f, "  submitted  {}\n  confirmed  {}", self.submitted, self.confirmed)?;
        if let Some(at) = &self.done_at {
            writeln!(f, "  done       {at}")?;
        }
        if let Some(wait) = &self.waits_for {
            writeln!(f, "  waits for  {wait}")?;
        }
        let states = by_name(&self.states).into_iter().filter(|(_, count)| *count > 0);
        states.into_iter().try_for_each(|(state, count)| writeln!(f, "  {state:<10} {count}"))
    }
}
