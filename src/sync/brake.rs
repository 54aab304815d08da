//! The brake (B1): which writes it stops, when it stops them, and what it says.
//!
//! Tandem works without end, so a run is what comes together. A braked write never goes out with the plan that finds it: the
//! rest of the plan is carried out, and the subject waits at the brake. Once it is known which subjects come with it (all windows
//! read to their end, no hint left, every due subject planned), the waiting subjects are counted, together with the subjects let
//! through within the last day. Few go on by themselves; many wait for a person.
//!
//! Opt-outs that go from Virtuous to Constant Contact are urgent: up to the mark they go at once, and count. Beyond it they wait with the
//! others, since no API takes them back.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::domain::{
    Cause, CcView, CustomerRules, Effect, EffectKind, Membership, Permission, Reason, Rule, Subject,
};

use super::{
    Planned,
    consent::{CcConsent, cc_consent},
    notes,
};

/// Kinds of reasons that the brake's own reason names.
const NAMED_MAX: usize = 3;

/// Whether the brake counts this write: an opt-out by a deletion alone (D1), a tag that goes off, or a
/// list that is left because its tag went off, or an opt-out of Virtuous that goes to Constant Contact. A person's own
/// unsubscribe with all that follows from it is none, nor is the old name's tag of a renamed list, whose new one is on (S3).
#[must_use]
pub fn is_braked(subject: &Subject, planned: &Planned, rules: &CustomerRules) -> bool {
    match &planned.effect {
        Effect::SetOptIn { opted_in: false, .. } => is_deletion_alone(subject, planned, rules),
        Effect::RemoveTag { .. } => {
            planned.reason.cause != Cause::ListRenamed && subject.cc.permission != Permission::Unsubscribed
        }
        // A tag that staff took off, and a tag that was lost in Virtuous, look the same (S5).
        Effect::ChangeLists { membership: Membership::Leave, .. } => true,
        // A tool that flips many methods in Virtuous looks like staff (P1).
        Effect::Unsubscribe { .. } => true,
        // The same where the lists are names in one field (S1).
        Effect::SetFields { .. } => {
            matches!(planned.reason.cause, Cause::OffList | Cause::ListDeleted)
                && subject.cc.permission != Permission::Unsubscribed
        }
        _ => false,
    }
}

fn is_deletion_alone(subject: &Subject, planned: &Planned, rules: &CustomerRules) -> bool {
    let otherwise = CcView { deletion: None, ..subject.cc.clone() };
    planned.reason.cause == Cause::DeletedInCc
        && subject.unanswered.is_none_or(|out| out.by_deletion)
        && !matches!(cc_consent(&otherwise, rules), CcConsent::Out { .. })
}

/// Takes the braked writes out of a plan, with the note that tells of the opt-out among them. The reason by which the
/// subject waits, if there are any. An opt-out for Constant Contact goes at once while the mark is not reached.
pub(super) fn hold_back(
    subject: &Subject,
    planned: &mut Vec<Planned>,
    rules: &CustomerRules,
    is_mark_reached: bool,
) -> Option<Reason> {
    let goes = |planned: &Planned| !is_mark_reached && planned.effect.kind() == EffectKind::Unsubscribe;
    let waits = |planned: &&Planned| is_braked(subject, planned, rules) && !goes(planned);
    let held: Vec<_> = planned.iter().filter(waits).cloned().collect();
    let first = held.first()?;
    let opt_out = held.iter().any(|planned| matches!(planned.effect, Effect::SetOptIn { .. }));
    planned.retain(|planned| {
        let tells = matches!(&planned.effect, Effect::AddNote { note, .. } if notes::is_of_deletion(note));
        !(held.contains(planned) || opt_out && tells)
    });
    Some(Reason::about(Rule::B1, Cause::AtBrake, first.reason.to_string()))
}

/// What is known when the waiting subjects are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Run {
    /// Subjects that wait.
    pub waiting: u64,
    /// Subjects that were let through by themselves within the last day, written or not.
    pub passed: u64,
    /// Opt-outs that went to Constant Contact by themselves within the last day.
    pub unsubscribed: u64,
    /// Linked subjects.
    pub linked: u64,
    /// Everything was read that was begun, and everybody is planned that may owe an opt-out.
    pub opt_outs_known: bool,
    /// Also everybody whom a change concerns.
    pub changes_known: bool,
    /// Also everybody of the first import.
    pub all_known: bool,
}

impl Run {
    /// Those who count beside the waiting subjects. Opt-outs for Constant Contact do so once they reached their mark, as none of them
    /// waits before: few of them keep no deletion and no tag back.
    #[must_use]
    pub fn counted(&self, rules: &CustomerRules) -> u64 {
        let at_mark = left(self.unsubscribed, self.linked, rules) == 0;
        self.passed + if at_mark { self.unsubscribed } else { 0 }
    }
}

/// What becomes of the waiting subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Others may come with them.
    Wait,
    /// Few: the subjects that owe an opt-out go on, the others may still become many.
    LetOptOutsGo,
    /// Few: all go on.
    LetAllGo,
    /// Too many: a person decides.
    Hold,
}

/// Whether so many are too many: more than the share of the linked, and more than the floor.
#[must_use]
pub fn exceeds(count: u64, linked: u64, rules: &CustomerRules) -> bool {
    count > rules.brake_floor && count as f64 > rules.brake_share * linked as f64
}

/// How many more may go on by themselves after so many within the last day.
#[must_use]
pub fn left(passed: u64, linked: u64, rules: &CustomerRules) -> u64 {
    let share = (rules.brake_share * linked as f64).floor();
    rules.brake_floor.max(share as u64).saturating_sub(passed)
}

/// Decides about the waiting subjects.
#[must_use]
pub fn decide(run: &Run, rules: &CustomerRules) -> Decision {
    let too_many = exceeds(run.waiting + run.counted(rules), run.linked, rules);
    match (run.opt_outs_known, too_many) {
        (false, _) => Decision::Wait,
        (true, true) if run.changes_known => Decision::Hold,
        (true, true) => Decision::Wait,
        (true, false) if run.changes_known && run.all_known => Decision::LetAllGo,
        (true, false) => Decision::LetOptOutsGo,
    }
}

/// Counts of the waiting subjects, by what would be written to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally(BTreeMap<String, u64>);

impl Tally {
    /// Counts one to whom this would be written.
    pub fn add(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// All subjects that were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// The reason for people: what, of whom most.
    #[must_use]
    pub fn reason(&self, run: &Run) -> Reason {
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut text = format!("{} of {} linked", self.count(), run.linked);
        if run.passed > 0 {
            let _ = write!(text, ", {} more within the last day", run.passed);
        }
        for (what, count) in kinds.iter().take(NAMED_MAX) {
            let _ = write!(text, "; {count}: {what}");
        }
        let others: u64 = kinds.iter().skip(NAMED_MAX).map(|(_, count)| **count).sum();
        if others > 0 {
            let _ = write!(text, "; {others}: other reasons");
        }
        Reason::about(Rule::B1, Cause::Brake, text)
    }
}

#[cfg(test)]
#[path = "brake_test.rs"]
mod tests;
