//! The dry run (B2): what would be written, how many calls and hours it would take. Only reads the store.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DeskError, Room};
use crate::{
    domain::{CustomerId, Effect, Stage, State, Subject, Timestamp, VirtuousView},
    sync::{Plan, Planner, Step},
};

/// Samples of each kind that are shown at most.
const SAMPLES_MAX: usize = 20;

/// One subscriber of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The contact id in Constant Contact.
    pub id: String,
    /// What would be written.
    pub what: Vec<String>,
    /// By which rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PlanView {
    /// Contacts to be created; those not yet looked up may turn out to be there, and are linked then.
    pub create: u64,
    /// Of these, how many were not looked up in Virtuous yet.
    pub not_looked_up: u64,
    /// Linked people with anything to be written in Virtuous.
    pub update: u64,
    /// Opt-outs in Virtuous.
    pub opt_out: u64,
    /// Opt-ins in Virtuous.
    pub opt_in: u64,
    /// Tags to put on.
    pub tag: u64,
    /// Tags to take off.
    pub untag: u64,
    /// Notes to add.
    pub note: u64,
    /// People to whom Constant Contact changes.
    pub to_cc: u64,
    /// People who are held.
    pub held: u64,
    /// People for review.
    pub review: u64,
    /// People who are left out by rule.
    pub excluded: u64,
    /// Calls to Virtuous, roughly.
    pub calls_virtuous: u64,
    /// Calls to Constant Contact, roughly.
    pub calls_cc: u64,
    /// Hours within the limits of the settings.
    pub hours: f64,
    /// Some of the people.
    pub samples: Vec<Sample>,
    /// Tags that staff need to create in Virtuous (S4).
    pub missing_tags: Vec<String>,
}

/// Plans every subscriber as if the import were under way.
///
/// # Errors
/// [`DeskError::Unknown`]; when the store cannot be read.
pub fn plan(room: &Room, id: &CustomerId) -> Result<PlanView, DeskError> {
    let record = room.record(id)?;
    let mut planner = room.store.planner(&record, &room.rules(id))?;
    if !planner.stage.may_write() {
        planner.stage = Stage::Importing;
    }
    let mut view = PlanView { missing_tags: planner.mapping.missing_tags(), ..PlanView::default() };
    let now = room.now();
    let mut failed = None;
    room.store.each_subject(record.number, |subject| {
        match room.store.household(record.number, &subject, &planner.rules) {
            Ok(household) => {
                let plan = planner.plan(&subject, &household, now);
                let (plan, looked_up) = beyond_look_up(&planner, subject.clone(), plan, now);
                view.count(&subject, &plan, looked_up);
            }
            Err(error) => failed = Some(error),
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    let settings = room.settings_of(id);
    let batch = settings.map_or(100, |settings| settings.import.batch_size.max(1) as u64);
    view.calls_virtuous += view.create.div_ceil(batch);
    let ceiling = settings.map_or(room.settings.virtuous.calls_per_hour, |settings| {
        settings.virtuous.ceiling(&room.settings.virtuous).min(settings.import.calls_per_hour)
    });
    view.hours = (view.calls_virtuous as f64 / ceiling.max(1) as f64 * 100.0).ceil() / 100.0;
    Ok(view)
}

/// Who is not looked up yet is planned as if Virtuous did not know them, so that the plan says more than "look up".
fn beyond_look_up(planner: &Planner, mut subject: Subject, plan: Plan, now: Timestamp) -> (Plan, bool) {
    if plan.step != Step::LookUp || subject.submission.is_some() {
        return (plan, true);
    }
    subject.virtuous = VirtuousView::Absent { since: now };
    (planner.plan(&subject, &crate::sync::Household::default(), now), false)
}

impl PlanView {
    fn count(&mut self, subject: &Subject, plan: &Plan, looked_up: bool) {
        match plan.state {
            State::Held => self.held += 1,
            State::Review => self.review += 1,
            State::Excluded => self.excluded += 1,
            State::InSync | State::Pending | State::Submitted | State::Failed => {}
        }
        let mut what = Vec::new();
        if !looked_up {
            // By reference, then by address (I2).
            self.calls_virtuous += 2;
        }
        match &plan.step {
            Step::Nothing => {}
            Step::LookUp | Step::Refresh => self.calls_virtuous += 1,
            Step::Submit(_) if subject.virtuous.linked().is_some() => {
                self.update += 1;
                self.calls_virtuous += 1;
                what.push("profile".to_owned());
            }
            Step::Submit(_) => {
                self.create += 1;
                self.not_looked_up += u64::from(!looked_up);
                // Once it is there its opt-in is read and set (C5).
                self.calls_virtuous += 2;
                what.push("create".to_owned());
            }
            Step::Apply(planned) => {
                let (mut updates, mut to_cc) = (false, false);
                for planned in planned {
                    let (virtuous, cc) = self.effect(&planned.effect);
                    self.calls_virtuous += virtuous;
                    self.calls_cc += cc;
                    updates |= virtuous > 0;
                    to_cc |= cc > 0;
                    what.push(planned.effect.name().to_owned());
                }
                self.update += u64::from(updates);
                self.to_cc += u64::from(to_cc);
            }
        }
        if !what.is_empty() && self.samples.len() < SAMPLES_MAX {
            let (rule, reason) = (plan.reason.rule.to_string(), plan.reason.to_string());
            self.samples.push(Sample { id: subject.id.to_string(), what, rule, reason });
        }
    }

    /// Counts an effect; gives its calls to Virtuous and to Constant Contact.
    fn effect(&mut self, effect: &Effect) -> (u64, u64) {
        match effect {
            Effect::SetOptIn { opted_in, .. } => {
                if *opted_in {
                    self.opt_in += 1
                } else {
                    self.opt_out += 1
                }
                (2, 0)
            }
            Effect::AddTag { .. } => {
                self.tag += 1;
                (1, 0)
            }
            Effect::RemoveTag { .. } => {
                self.untag += 1;
                (1, 0)
            }
            Effect::AddNote { .. } => {
                self.note += 1;
                (1, 0)
            }
            Effect::SetEmail { .. } | Effect::SetFields { .. } => (2, 0),
            Effect::AddReference { .. } => (1, 0),
            Effect::Unsubscribe { .. } | Effect::ChangeLists { .. } => (0, 2),
        }
    }
}

impl fmt::Display for PlanView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "nothing was written; this is what would be:")?;
        let rows = [
            ("create", self.create),
            ("update", self.update),
            ("opt_out", self.opt_out),
            ("opt_in", self.opt_in),
            ("tag", self.tag),
            ("untag", self.untag),
            ("note", self.note),
            ("to_cc", self.to_cc),
            ("held", self.held),
            ("review", self.review),
            ("excluded", self.excluded),
            ("calls_virtuous", self.calls_virtuous),
            ("calls_cc", self.calls_cc),
        ];
        for (name, count) in rows {
            writeln!(f, "  {name:<16}{count:>9}")?;
        }
        writeln!(f, "  {:<16}{:>9.2}", "hours", self.hours)?;
        if self.not_looked_up > 0 {
            writeln!(
                f,
                "  {} of the creates are not looked up in Virtuous yet; who is there is linked",
                self.not_looked_up
            )?;
        }
        for tag in &self.missing_tags {
            writeln!(f, "  missing tag: {tag}")?;
        }
        self.samples.iter().try_for_each(|one| {
            writeln!(f, "  {}  {}: {} [{}]", one.id, one.what.join(", "), one.reason, one.rule)
        })
    }
}
