//! Contacts with the subscriber's address that it is not linked to: which one it is, is for a person (I2); an opt-out goes to all (P2).

use crate::domain::{
    Cause, Effect, Lane, Parts, Person, Reason, Rule, State, Subject, Timestamp, VirtuousContactId,
};

use super::{Household, Plan, Planned, Planner, Step, gaps};
use crate::sync::{
    brake,
    consent::{self, CcConsent},
    handed_on, unseen,
};

/// Contacts that one turn reads again of one subscriber.
const READ_AT_ONCE: usize = 20;

impl Planner {
    /// Several contacts could be the subscriber.
    pub(super) fn plan_several(
        &self,
        subject: &Subject,
        people: &[Person],
        household: &Household,
        now: Timestamp,
    ) -> Plan {
        let question = Reason::new(Rule::I2, Cause::SeveralHits);
        let mut effects = self.opt_outs_of_hits(&handed_on::without(subject, household), people, household);
        if effects.is_empty() {
            return Plan::waits(subject, State::Review, question);
        }
        let waits = (self.stage.may_write() && !household.cleared)
            .then(|| brake::hold_back(subject, &mut effects, &self.rules, false))
            .flatten();
        if let Some(reason) = waits {
            return Plan::waits(subject, State::Pending, reason);
        }
        let since = subject.opt_out_owed_since.unwrap_or(now);
        let ids: Vec<String> = effects.iter().filter_map(|planned| opts_out(&planned.effect)).collect();
        let told = format!("an opt-out waits since {since} for the contacts {}", ids.join(", "));
        let reason = Reason { detail: told, ..question };
        Plan { step: Step::Apply(effects), ..Plan::waits(subject, State::Review, reason) }
    }

    /// The opt-outs that contacts with the address still lack, one for each contact (P2).
    pub(super) fn opt_outs_of_hits(
        &self,
        subject: &Subject,
        people: &[Person],
        household: &Household,
    ) -> Vec<Planned> {
        let Some(reason) = self.opt_out_in_cc(subject) else { return Vec::new() };
        let Some(key) = subject.cc.email_key() else { return Vec::new() };
        let opt_out = |person: &Person| Planned {
            effect: Effect::SetOptIn {
                contact: person.contact,
                individual: person.individual,
                addresses: vec![key.clone()],
                opted_in: false,
            },
            reason: reason.clone(),
        };
        let lacks = |person: &&Person| {
            let mut methods = person.reached(false);
            methods.any(|method| method.opted_in && method.is_at(std::slice::from_ref(&key)))
        };
        // Where another living subscriber has the address, it is theirs alone (P6).
        let is_free = |person: &&Person| !household.taken.contains(&person.contact);
        people.iter().filter(lacks).filter(is_free).map(opt_out).collect()
    }

    /// Tells a person which contacts an opt-out may not have reached: those of which no reading told the address, and those that are
    /// more than are read (P2, E2).
    pub(super) fn tell_of_hits(&self, plan: &mut Plan, subject: &Subject, household: &Household) {
        let untold = || self.untold_hits(subject, household);
        let ids: Vec<String> = untold().map(|person| person.contact.to_string()).collect();
        let mut parts = Vec::new();
        if !ids.is_empty() {
            parts.push(format!("the opt-out may not have reached the contact {}", ids.join(", ")));
        }
        if subject.more_hits && self.opt_out_in_cc(subject).is_some() {
            let read = subject.further().len();
            parts.push(format!("more contacts have the address than the {read} that the opt-out goes to"));
        }
        if parts.is_empty() {
            return;
        }
        let reason = Reason::about(Rule::E2, Cause::NotTold, parts.join("; "));
        let is_shown =
            subject.more_hits || untold().any(|person| person.gaps.readings >= gaps::READINGS_UNSHOWN);
        match plan.state {
            State::InSync if is_shown => (plan.state, plan.reason) = (State::Review, reason),
            State::InSync => (plan.state, plan.reason) = (State::Pending, reason),
            // The question stays, and names them too.
            State::Review if plan.reason.cause == Cause::SeveralHits => {
                let told = [plan.reason.detail.as_str(), &reason.detail];
                let told: Vec<&str> = told.into_iter().filter(|part| !part.is_empty()).collect();
                plan.reason.detail = told.join("; ");
            }
            _ => plan.remarks.push(reason),
        }
    }

    /// Reads such contacts again of which something is not visible or not told yet, once nothing else is to be done (E1, E2).
    pub(super) fn look_at_hits(
        &self,
        plan: &mut Plan,
        subject: &Subject,
        household: &Household,
        now: Timestamp,
    ) {
        let late = |person: &Person| Some((person.contact, unseen::next_look_at(subject, person.contact)?));
        let untold = |person: &Person| Some((person.contact, gaps::next_look(person)?));
        let late = subject.further().iter().filter_map(late);
        let looks: Vec<(VirtuousContactId, Timestamp)> =
            late.chain(self.untold_hits(subject, household).filter_map(untold)).collect();
        let Some(next) = looks.iter().map(|(_, look)| *look).min() else { return };
        if subject
            .unseen
            .iter()
            .any(|unseen| unseen.next_look.is_some() && subject.further_contact(unseen.contact).is_some())
        {
            let told = format!("a further contact with the address is looked at again at {next}");
            plan.remarks.push(Reason::about(Rule::E1, Cause::NotVisibleYet, told));
        }
        if plan.step != Step::Nothing || plan.state == State::Failed || !self.stage.may_write() {
            return;
        }
        if next <= now {
            let due = looks.into_iter().filter(|(_, look)| *look <= now).map(|(contact, _)| contact);
            plan.step = Step::ReadHits(due.take(READ_AT_ONCE).collect());
        } else if plan.due.is_none_or(|(_, due)| next < due) {
            plan.due = Some((Lane::Verify, next));
        }
    }

    /// Such contacts of which no reading has told the methods, while Constant Contact has the subscriber opted out.
    fn untold_hits<'a>(
        &self,
        subject: &'a Subject,
        household: &'a Household,
    ) -> impl Iterator<Item = &'a Person> + use<'a> {
        let is_out = self.opt_out_in_cc(subject).is_some();
        let is_untold = |person: &&Person| person.gaps.unknown.has(Parts::METHODS);
        let all = subject.further().iter().filter(move |_| is_out).filter(is_untold);
        all.filter(|person| !household.taken.contains(&person.contact))
    }

    /// Why Constant Contact has the subscriber opted out; `None` if it does not. An opt-out that was taken back without proof stands
    /// (P3), a deletion that was undone before its opt-out was written does not (D3).
    fn opt_out_in_cc(&self, subject: &Subject) -> Option<Reason> {
        if let CcConsent::Out { reason, .. } = consent::cc_consent(&subject.cc, &self.rules) {
            return Some(reason);
        }
        let was_out = subject.base.consent.is_some_and(|base| !base.opted_in);
        let stands = subject.unanswered.is_some_and(|out| !out.by_deletion || was_out);
        let is_out = stands && consent::is_unanswered(subject, &self.rules);
        is_out.then(|| Reason::new(Rule::P1, Cause::UnsubscribedInCc))
    }
}

/// The contact that an effect opts out.
fn opts_out(effect: &Effect) -> Option<String> {
    let Effect::SetOptIn { contact, opted_in: false, .. } = effect else { return None };
    Some(contact.to_string())
}

#[cfg(test)]
#[path = "hits_test.rs"]
mod tests;
