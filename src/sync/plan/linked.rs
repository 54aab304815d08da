//! A linked subscriber: the facets put together, and then what comes first.

use crate::domain::{
    Cause, EffectKind, Lane, ListsInFlight, Person, ProfilePolicy, Reason, Rule, State, Subject, Timestamp,
};

use super::{Household, Plan, Planned, Planner, Step, facet::Merged, gaps};
use crate::sync::{brake, create, handed_on, method_dates, unread_bounces};

impl Planner {
    /// A linked subscriber: merge facet by facet.
    pub(super) fn plan_linked(
        &self,
        subject: &Subject,
        person: &Person,
        household: &Household,
        now: Timestamp,
    ) -> Plan {
        if person.merged_into.is_some() {
            return Plan::step(subject, Step::Refresh, Reason::new(Rule::I3, Cause::MergedAway));
        }
        if self.stage.may_write() && !method_dates::to_ask(subject, &self.rules).is_empty() {
            return Plan::step(subject, Step::Refresh, Reason::new(Rule::P3, Cause::DateNotTold));
        }
        let (state, reason) = if person.is_restricted() {
            (State::Excluded, Reason::new(Rule::I3, Cause::ArchivedOrPrivate))
        } else {
            (State::InSync, Reason::new(Rule::I1, Cause::Agreed))
        };
        let mut merged = Merged::new(Plan::waits(subject, state, reason));
        self.add_facets(&mut merged, subject, person, household);
        let own = handed_on::without(subject, household);
        merged.effects.extend(self.opt_outs_of_hits(&own, &subject.hits, household));
        let may_write = self.stage.may_write();
        let waits = (may_write && !household.cleared)
            .then(|| {
                let is_mark_reached = self.unsubscribes_left == Some(0);
                brake::hold_back(subject, &mut merged.effects, &self.rules, is_mark_reached)
            })
            .flatten();
        let waiting = self
            .opt_ins_wait_until(now)
            .and_then(|until| unread_bounces::hold_back(&mut merged.effects, until));
        let mut plan = self.conclude(subject, merged, now);
        if let Some(waiting) = waiting {
            waiting.show_in(&mut plan);
        }
        if let Some(reason) = waits
            && plan.step == Step::Nothing
            && plan.due.is_none()
        {
            // Everything else is done: only the brake is left (B1).
            (plan.state, plan.reason) = (State::Pending, reason);
        }
        if may_write { gaps::look_again(plan, person, now) } else { plan }
    }

    /// Until when opt-ins by proof wait, while the bounce reports are unread (P3).
    fn opt_ins_wait_until(&self, now: Timestamp) -> Option<Timestamp> {
        let waits = self.stage.may_write() && self.awaits_bounces;
        waits.then(|| unread_bounces::until(&self.rules, self.scanned_at, now)).flatten()
    }

    /// What is to be written comes first, then what waits for a person, then what merely waits.
    fn conclude(&self, subject: &Subject, merged: Merged, now: Timestamp) -> Plan {
        let Merged { mut plan, effects, reviews } = merged;
        if !self.stage.may_write() {
            plan.state = State::Pending;
            plan.reason = Reason::new(Rule::C4, Cause::ImportNotStarted);
            plan.step = if effects.is_empty() { Step::Nothing } else { Step::Apply(effects) };
            return plan;
        }
        if let Some(first) = effects.first() {
            plan.state = State::Pending;
            plan.reason = first.reason.clone();
            plan.step = Step::Apply(by_urgency(effects));
            plan.remarks.extend(reviews);
            return plan;
        }
        if let Some(flight) = &subject.lists_in_flight {
            plan.remarks.extend(reviews);
            return wait_for_lists(plan, flight, now);
        }
        if !reviews.is_empty() {
            return wait_for_person(plan, reviews);
        }
        if plan.state != State::InSync {
            return plan;
        }
        match tag_in_question(&plan) {
            Some((state, reason)) => Plan { state, reason, ..plan },
            None => self.profile_change(subject, plan, now),
        }
    }

    /// F2: a changed profile goes by transaction where the customer chose so, once everything else agrees.
    fn profile_change(&self, subject: &Subject, mut plan: Plan, now: Timestamp) -> Plan {
        let hash = create::profile_hash(subject);
        // D1: a deletion changes nothing of the contact, whatever Constant Contact still shows of the person.
        if subject.cc.deletion.is_some() {
            return plan;
        }
        if self.rules.profile == ProfilePolicy::CreateOnly
            || subject.base.profile.is_none_or(|sent| sent == hash)
        {
            plan.base.profile = Some(hash);
            return plan;
        }
        if let Some(submission) = subject.submission {
            plan.state = State::Submitted;
            plan.reason = Reason::new(Rule::F2, Cause::Submitted);
            let look = submission.sent_at.plus(self.rules.lookup_after);
            if now >= look {
                plan.step = Step::Refresh;
            } else {
                plan.due = Some((Lane::Verify, look));
            }
            return plan;
        }
        plan.state = State::Pending;
        plan.reason = Reason::new(Rule::F2, Cause::ProfileDiffers);
        plan.step = Step::Submit(Box::new(create::profile(subject, &self.rules)));
        plan
    }
}

/// The order of urgency: consent first and nothing else before it (C5), changes of lists last, since they go for many together.
fn by_urgency(mut effects: Vec<Planned>) -> Vec<Planned> {
    effects.sort_by_key(|planned| match planned.effect.kind() {
        // Further contacts with the address come after the linked one, in the order of the facets.
        EffectKind::OptOut | EffectKind::OptIn | EffectKind::Unsubscribe => 0,
        EffectKind::ChangeLists => 2,
        _ => 1,
    });
    effects
}

/// The change of lists is under way in Constant Contact: ask for it when its next look is due (S5).
fn wait_for_lists(mut plan: Plan, flight: &ListsInFlight, now: Timestamp) -> Plan {
    plan.state = State::Pending;
    plan.reason = Reason::new(Rule::S5, Cause::ListsUnderWay);
    if now >= flight.next_look {
        plan.step = Step::LookAtLists;
    } else {
        plan.due = Some((Lane::Change, flight.next_look));
    }
    plan
}

/// The first open question leads; a confirmation that was sent is no question, and stands behind the others (P5).
fn wait_for_person(mut plan: Plan, mut reviews: Vec<Reason>) -> Plan {
    reviews.sort_by_key(|reason| reason.cause == Cause::ConfirmationSent);
    let mut reviews = reviews.into_iter();
    if let Some(reason) = reviews.next() {
        let waits = reason.cause == Cause::ConfirmationSent;
        plan.state = if waits { State::Held } else { State::Review };
        plan.reason = reason;
    }
    plan.remarks.extend(reviews);
    plan
}

/// A tag that exists twice is for a person, a tag that does not exist is waited for (S4).
fn tag_in_question(plan: &Plan) -> Option<(State, Reason)> {
    let of = |cause: Cause| plan.remarks.iter().find(|remark| remark.cause == cause).cloned();
    of(Cause::TagTwice)
        .map(|reason| (State::Review, reason))
        .or_else(|| of(Cause::TagMissing).map(|reason| (State::Held, reason)))
}
