//! The end of a settlement: a new plan, and the subject's standing by it.

use crate::{
    domain::{
        AgreedConsent, Cause, Event, Lane, Stage, State, Subject, Timestamp, What, Work,
        kept_time::longest_wait,
    },
    sync::{Household, Plan, Planner, Step, capture::note_event, consent, set_back, unseen},
};

use super::{found::adopt_single_candidate, written::answer_others};

/// A subject after a settlement, and the lines that go to its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Lines for the timeline proper, oldest first.
    pub events: Vec<Event>,
    /// The plan that the subject now stands at.
    pub plan: Plan,
}

/// How the subject goes on if the plan leaves work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Onward {
    /// The lane that the subject was taken from.
    pub lane: Lane,
    /// The time that a failed call asks to wait for.
    pub not_before: Option<Timestamp>,
}

/// Plans a subject again without findings: after the mapping, the rules or the stage changed.
pub fn replan(
    subject: &mut Subject,
    lane: Lane,
    planner: &Planner,
    household: &Household,
    now: Timestamp,
) -> Settled {
    conclude(subject, Onward { lane, not_before: None }, planner, household, now)
}

/// Plans again and sets the subject's standing by it.
pub(super) fn conclude(
    subject: &mut Subject,
    onward: Onward,
    planner: &Planner,
    household: &Household,
    now: Timestamp,
) -> Settled {
    set_back::subject(subject, now);
    adopt_single_candidate(subject, planner, now);
    if subject.virtuous.linked().is_some() {
        subject.gone_since = None;
    }
    let plan = planner.plan(subject, household, now);
    let before = (subject.state, subject.reason.cause);
    agree(subject, &plan);
    subject.state = plan.state;
    subject.reason = plan.reason.clone();
    owe_opt_out(subject, &plan, now);
    let lane =
        if subject.opt_out_owed_since.is_some() { Lane::Consent } else { steady(onward.lane, planner.stage) };
    let work = match (&plan.step, plan.due) {
        (Step::Nothing, due) => due.map(|(lane, due)| Work { lane, due }),
        // What waits by E3 waits no longer because something else was put off.
        (_, due) => {
            let next = onward.not_before.unwrap_or(now);
            Some(Work { lane, due: due.map_or(next, |(_, held)| held.min(next)) })
        }
    };
    // What waits longer is looked at in between, so that a time further ahead is known as a wrong clock's (W8).
    let at_latest = |work: Work| Work { due: work.due.min(now.plus(longest_wait(work.lane))), ..work };
    subject.work = work.map(at_latest);
    if before != (plan.state, plan.reason.cause)
        && let Some(what) = told_as(plan.state)
    {
        note_event(subject, now, what, plan.reason.clone());
    }
    Settled { events: std::mem::take(&mut subject.recent), plan }
}

/// Takes over what the plan agrees on, and ends what agreed consent answers.
fn agree(subject: &mut Subject, plan: &Plan) {
    let before = subject.base.consent;
    subject.base = plan.base.clone();
    unseen::end_forms(subject);
    end_own_note(subject, before);
    if plan.consent_agrees {
        // Silence agrees with anything, and settles nothing (C5).
        if plan.base.consent.is_some() {
            subject.fresh_since = None;
        }
        let confirmed = plan.base.consent.is_some_and(|base| base.opted_in);
        if confirmed {
            subject.own_note = false;
            answer_others(subject);
        }
        // An unsent confirmation email asked a question that is settled; a sent one is remembered until it is answered (P5).
        subject.confirmation.take_if(|asked| confirmed || asked.sent_at.is_none());
    }
    if plan.consent_answered {
        subject.unanswered = None;
    }
}

/// Ends what a note told of an opt-out, once a newer opt-out is agreed on, or an opt-out in doubt is (E5).
pub(super) fn end_own_note(subject: &mut Subject, before: Option<AgreedConsent>) {
    let is_new = match (before, subject.base.consent) {
        (Some(before), Some(agreed)) => !agreed.opted_in && consent::newer(agreed.at, before.at),
        (None, agreed) => agreed.is_some(),
        _ => false,
    };
    if is_new {
        subject.own_note = false;
    }
}

/// Keeps since when an opt-out is owed, or that none is.
fn owe_opt_out(subject: &mut Subject, plan: &Plan, now: Timestamp) {
    if plan.reason.cause == Cause::PlanFailed {
        // Without a plan nothing is known of what is owed (B4).
        return;
    }
    if plan.owed().any(|planned| planned.effect.kind().opts_out()) {
        subject.opt_out_owed_since.get_or_insert(now);
    } else if plan.consent_agrees || matches!(plan.state, State::Review | State::Excluded) {
        // Without an opt-out to write, a person decides, or the rules leave the subscriber out.
        subject.opt_out_owed_since = None;
    }
}

/// The line of the timeline for a standing that is new.
const fn told_as(state: State) -> Option<What> {
    match state {
        State::InSync => Some(What::Settled),
        State::Held | State::Submitted | State::Excluded => Some(What::Waits),
        State::Review => Some(What::ForReview),
        State::Pending | State::Failed => None,
    }
}

/// Consent work that turned out to have no opt-out goes on as ordinary work.
const fn steady(lane: Lane, stage: Stage) -> Lane {
    match (lane, stage) {
        (Lane::Consent | Lane::Verify, Stage::Live) => Lane::Change,
        (Lane::Consent | Lane::Verify, _) => Lane::Import,
        (lane, _) => lane,
    }
}
