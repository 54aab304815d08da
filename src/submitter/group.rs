//! Planning what is due, and grouping it by the step that comes next: pure.

use std::collections::HashSet;

use crate::{
    domain::{Cause, ContactId, EffectKind, Finding, Intent, Settlement, Submission, Timestamp},
    store::DueSubject,
    sync::{Planner, Step},
};

use super::hand::PlannedSubject;

/// A turn's subjects by what they need.
#[derive(Debug, Default)]
pub struct Groups {
    /// Nothing is left to call for: they are settled as planned.
    pub settled: Vec<Settlement>,
    /// To be looked up, or read again.
    pub look_up: Vec<PlannedSubject>,
    /// Rows for the import.
    pub submit: Vec<PlannedSubject>,
    /// Effects to be written.
    pub apply: Vec<PlannedSubject>,
    /// Memberships to be changed in Constant Contact.
    pub change_lists: Vec<PlannedSubject>,
    /// Memberships that are being changed there.
    pub look_at_lists: Vec<PlannedSubject>,
    /// Subscribers whose plan met a bug (B4); they are settled as such.
    pub bugs: Vec<ContactId>,
}

/// Plans the subjects that are due, and groups them by the next step. No more opt-outs go to Constant Contact than may (B1).
#[must_use]
pub fn group_by_step(planner: &Planner, due: Vec<DueSubject>, now: Timestamp) -> Groups {
    let mut groups = Groups::default();
    // Subscribers of one household are not worked on at once: the second is planned when it sees what the first did (I4).
    let mut households = HashSet::new();
    let mut left = planner.unsubscribes_left;
    let mut at_mark: Option<Planner> = None;
    for due in due {
        let contacts = due.subject.virtuous.contacts();
        if contacts.iter().any(|contact| !households.insert(*contact)) {
            continue;
        }
        let mut plan = planner.plan(&due.subject, &due.household, now);
        if plan.unsubscribes() && !due.household.cleared {
            if left == Some(0) {
                let planner =
                    at_mark.get_or_insert_with(|| Planner { unsubscribes_left: Some(0), ..planner.clone() });
                plan = planner.plan(&due.subject, &due.household, now);
            }
            left = left.map(|left| left.saturating_sub(1));
        }
        plan.put_opt_outs_first(&due.subject);
        let hand = PlannedSubject { due, plan };
        if hand.plan.reason.cause == Cause::PlanFailed {
            groups.bugs.push(hand.id().clone());
            groups.settled.push(hand.settlement(Vec::new()));
            continue;
        }
        groups.add(hand);
    }
    groups
}

impl Groups {
    fn add(&mut self, hand: PlannedSubject) {
        if let Some(submission) = unsure_submission(&hand) {
            let email = hand.subject().cc.email.clone();
            self.settled.push(hand.settlement(vec![Finding::Submitted { submission, email }]));
            return;
        }
        match &hand.plan.step {
            // Nothing is left to write by what was seen before: what an earlier write left behind is not seen yet.
            Step::Nothing if hand.due.is_write_unsure() && hand.subject().virtuous.linked().is_some() => {
                self.look_up.push(hand);
            }
            Step::Nothing => self.settled.push(hand.settlement(Vec::new())),
            Step::LookUp | Step::Refresh | Step::ReadHits(_) => self.look_up.push(hand),
            Step::Submit(_) => self.submit.push(hand),
            Step::LookAtLists => self.look_at_lists.push(hand),
            Step::Apply(planned)
                if planned.iter().all(|one| one.effect.kind() == EffectKind::ChangeLists) =>
            {
                self.change_lists.push(hand);
            }
            Step::Apply(_) => self.apply.push(hand),
        }
    }
}

/// The submission whose answer is unknown, because the process ended between the intent and the answer (C4).
fn unsure_submission(hand: &PlannedSubject) -> Option<Submission> {
    let unsure = hand.due.unsure.filter(|unsure| unsure.intent == Intent::Submission)?;
    let is_open = matches!(hand.plan.step, Step::Submit(_) | Step::LookUp | Step::Nothing);
    if !is_open || hand.subject().submission.is_some() {
        return None;
    }
    let creates = hand.subject().virtuous.linked().is_none();
    Some(Submission { sent_at: unsure.at, certain: false, creates })
}
