//! What decisions rest on, and which of a subject's views leads to which part of the merge.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use super::{
    looked_up::LookedUp,
    step::{Household, Plan, Step},
};
use crate::{
    domain::{
        Base, Cause, CustomerRules, Lane, Reason, Rule, Stage, State, Subject, Timestamp, Verdict,
        VirtuousView,
    },
    sync::{Mapping, damping, handed_on, own_opt_outs, retry, unseen},
};

/// When a subject is planned again whose plan met a bug: another version of Tandem may plan it.
const MENDED: Duration = Duration::from_secs(24 * 3600);
/// The same where an opt-out is owed.
const MENDED_OPT_OUT: Duration = Duration::from_secs(3600);

/// Everything that a customer's decisions rest on beside the subject itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planner {
    /// The customer's choices.
    pub rules: CustomerRules,
    /// The resolved mapping.
    pub mapping: Arc<Mapping>,
    /// How far the first import is.
    pub stage: Stage,
    /// When the reading of all Virtuous contacts began: a subscriber known by then and not found has no contact (I2).
    pub scanned_at: Option<Timestamp>,
    /// Whether Virtuous refused contacts with only one name (C3).
    pub partial_names_refused: bool,
    /// The newest submission that was confirmed: an import has run since it was sent.
    pub confirmed_until: Option<Timestamp>,
    /// Whether the account's contacts and bounces were not read once yet: an opt-out in Virtuous may be Tandem's own of an earlier
    /// store (E5), and a bounce may be newer than the proof of an opt-in (P3).
    pub awaits_bounces: bool,
    /// How many more opt-outs may go to Constant Contact before the brake's mark; `None` where nothing counts them (B1).
    pub unsubscribes_left: Option<u64>,
}

impl Planner {
    /// Merges the views of a subject into its next step. Total: any subject plans, or says why not. A bug met on the way stays with the
    /// subject, which waits and is shown; the others of the customer are planned (B4).
    #[must_use]
    pub fn plan(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        // The merge is pure: it reads what it is given and changes nothing, so that a panic leaves nothing half done behind.
        catch_unwind(AssertUnwindSafe(|| self.plan_by_views(subject, household, now)))
            .unwrap_or_else(|_| waits_for_mending(subject, now))
    }

    fn plan_by_views(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        #[cfg(test)]
        super::trap::spring(&subject.id);
        // Tandem's own opt-out is agreed on for every subscriber of the address (E5).
        let agreed = own_opt_outs::agreed(&handed_on::without(subject, household), household);
        let agreed = agreed.map(|consent| {
            let base = Base { consent: Some(consent), ..subject.base.clone() };
            Subject { base, ..subject.clone() }
        });
        let subject = agreed.as_ref().unwrap_or(subject);
        let mut plan = self.merge(subject, household, now);
        self.tell_of_hits(&mut plan, subject, household);
        let asks = matches!(plan.state, State::Review | State::Failed)
            || plan.reason.cause == Cause::ConfirmationSent;
        if asks && subject.decided() == Some(Verdict::Leave) {
            // Left as it is until something changes.
            plan.state = State::Excluded;
            // What is dropped is the question, and no opt-out (P1, P2).
            let owes = plan.owed().any(|planned| planned.effect.kind().opts_out());
            let question = if owes { plan.reason.to_string() } else { plan.reason.cause.text().to_owned() };
            plan.reason = Reason::about(plan.reason.rule, Cause::Dropped, question);
        }
        let doubt = own_opt_outs::doubt(subject, household, self.awaits_bounces, now);
        if let Some(doubt) = doubt.filter(|_| self.stage.may_write()) {
            own_opt_outs::hold_back(&mut plan, doubt, now);
        }
        damping::hold_back(&mut plan, subject, now);
        look_again(&mut plan, subject, now);
        self.look_at_hits(&mut plan, subject, household, now);
        plan
    }

    fn merge(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        let Some(failure) = &subject.failure else { return self.merge_views(subject, household, now) };
        let retry = retry::refused_opt_out_due(failure, now);
        if retry.is_some_and(|at| at <= now) {
            return self.merge_views(subject, household, now);
        }
        let reason = Reason::about(Rule::B3, Cause::Refused, failure.effect.clone());
        let waits = Plan::waits(subject, State::Failed, reason);
        match retry {
            Some(at) => waits.again(Lane::Consent, at),
            None => self.opt_outs_beside_refusal(subject, household, now).unwrap_or(waits),
        }
    }

    /// The opt-outs of a subscriber, for whom another effect was refused: that stops none of them (P1, B3).
    fn opt_outs_beside_refusal(
        &self,
        subject: &Subject,
        household: &Household,
        now: Timestamp,
    ) -> Option<Plan> {
        let mut plan = self.merge_views(subject, household, now);
        let Step::Apply(planned) = &mut plan.step else { return None };
        planned.retain(|one| one.effect.kind().opts_out());
        plan.reason = planned.first()?.reason.clone();
        Some(plan)
    }

    fn merge_views(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        match &subject.virtuous {
            VirtuousView::Linked(person) => self.plan_linked(subject, person, household, now),
            VirtuousView::Candidates(_) if self.stage == Stage::Scanning && subject.submission.is_none() => {
                Plan::waits(subject, State::Pending, Reason::new(Rule::I2, Cause::ScanRunning))
            }
            VirtuousView::Candidates(people) => match people.as_slice() {
                [] => self.plan_absent(subject, LookedUp::At(now), now),
                [only] => self.plan_linked(subject, only, household, now),
                several => self.plan_several(subject, several, household, now),
            },
            VirtuousView::Absent { since } => self.plan_absent(subject, LookedUp::At(*since), now),
            VirtuousView::LookAgain => self.plan_absent(subject, LookedUp::Outdated, now),
            VirtuousView::Unknown => self.plan_absent(subject, LookedUp::Never, now),
        }
    }
}

/// The plan of a subject that no plan can be made for. An owed opt-out stays owed, and is tried again sooner (P1).
fn waits_for_mending(subject: &Subject, now: Timestamp) -> Plan {
    let (lane, wait) = match subject.opt_out_owed_since {
        Some(_) => (Lane::Consent, MENDED_OPT_OUT),
        None => (Lane::Verify, MENDED),
    };
    Plan::waits(subject, State::Review, Reason::new(Rule::B4, Cause::PlanFailed)).again(lane, now.plus(wait))
}

/// Reads the contact again where a reading was late, once nothing else is to be done (E1).
fn look_again(plan: &mut Plan, subject: &Subject, now: Timestamp) {
    let Some(look) = unseen::next_look(subject) else { return };
    let told = format!("looked at again at {look}");
    plan.remarks.push(Reason::about(Rule::E1, Cause::NotVisibleYet, told));
    if plan.step != Step::Nothing || plan.state == State::Failed {
        return;
    }
    if look <= now {
        plan.step = Step::Refresh;
    } else if plan.due.is_none_or(|(_, due)| look < due) {
        let lane = if unseen::looks_for_opt_out(subject) { Lane::Consent } else { Lane::Verify };
        plan.due = Some((lane, look));
    }
}
