//! What the dry run prints, and as which JSON.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{ContactId, Rule},
    operator::shown::brake::BrakeView,
};

/// One subscriber of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// The contact id in Constant Contact.
    pub id: ContactId,
    /// What would be written.
    pub what: Vec<String>,
    /// By which rule.
    pub rule: Rule,
    /// Why.
    pub reason: String,
}

/// How many people one reason is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Because {
    /// The rule that decides.
    pub rule: Rule,
    /// What it found.
    pub reason: String,
    /// How many people.
    pub count: u64,
}

/// The whole plan.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PlanView {
    /// Contacts to be created; those not yet looked up may turn out to be there, and are linked then.
    pub create: u64,
    /// People who are not looked up in Virtuous yet. They are planned as if Virtuous did not know them, and linked if it does.
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
    /// Why something is to be done or waits: how many people by reason, the most frequent first.
    pub reasons: Vec<Because>,
    /// What the brake would stop: opt-outs after deletions and tags that go off, if they are too many (B1).
    pub brake: Option<BrakeView>,
    /// Tags that staff need to create in Virtuous (S4).
    pub missing_tags: Vec<String>,
    /// Why there is no plan yet, if so.
    #[serde(default)]
    pub not_yet: Option<String>,
    /// Why the plan is of a part only, if the reading for it ended early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Incomplete>,
}

/// Why both systems were not read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Incomplete {
    /// Why, and what to do.
    pub why: String,
    /// Whether it goes on only once a person has acted.
    pub needs_person: bool,
}

impl fmt::Display for PlanView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.not_yet {
            return writeln!(f, "no plan yet: {why}");
        }
        if let Some(incomplete) = &self.incomplete {
            writeln!(f, "incomplete, a part of the people only: {}", incomplete.why)?;
        }
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
                "  {} are not looked up in Virtuous yet: who is there is linked, and not created",
                self.not_looked_up
            )?;
        }
        for tag in &self.missing_tags {
            writeln!(f, "  missing tag: {tag}")?;
        }
        if let Some(brake) = &self.brake {
            writeln!(f, "\nthe brake stops some of it: {}", brake.reason)?;
        }
        if !self.reasons.is_empty() {
            writeln!(f, "\nwhy")?;
        }
        for one in &self.reasons {
            writeln!(f, "  {:>9}  {:<3} {}", one.count, one.rule.as_str(), one.reason)?;
        }
        if !self.samples.is_empty() {
            writeln!(f, "\nfor example")?;
        }
        self.samples.iter().try_for_each(|one| {
            writeln!(f, "  {}  {}: {} [{}]", one.id, one.what.join(", "), one.reason, one.rule)
        })
    }
}
