//! Contacts with the subscriber's address that it is not linked to: which one it is, is for a person (I2); an opt-out goes to all (P2).

use crate::domain::{Cause, Effect, Person, Reason, Rule, State, Subject, Timestamp};

use super::{Household, Plan, Planned, Planner, Step};
use crate::sync::{
    brake,
    consent::{self, CcConsent},
    handed_on,
};

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
