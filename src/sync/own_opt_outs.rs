//! Opt-outs in Virtuous that Tandem wrote, for whichever subscriber of the address: no word of staff (E5).

use std::time::Duration;

use crate::domain::{
    AgreedConsent, Cause, CustomerRules, Effect, EffectKind, EmailMethod, Finding, Lane, MethodId, OwnOptOut,
    Parts, Person, Reason, Rule, Subject, Timestamp, VirtuousContactId, VirtuousView, Written,
    kept_time::lasts,
};

use super::{
    Household, Plan, Step,
    consent::{self, CcConsent, cc_consent},
};

/// How long an opt-out waits for bounces and deletions that are not read yet.
const BOUNCES_WAIT: Duration = Duration::from_secs(10 * 60);
/// How long an opt-out waits for the reading after a write whose answer is not known.
const ANSWER_WAIT: Duration = Duration::from_secs(60);

/// How long a write whose answer is not known may not be shown yet, with the looks for it (E1): after that, dates decide.
const UNSURE_FOR: Duration = Duration::from_secs(36 * 60);

/// What the writes that were settled at `now` make of what is remembered of opt-outs.
#[must_use]
pub fn written(subject: &Subject, now: Timestamp) -> (Vec<OwnOptOut>, Vec<MethodId>) {
    let (mut outs, mut ins) = (Vec::new(), Vec::new());
    // The date is that of the event; what staff opted out on another method has no date of Tandem's (P3).
    let at = subject.base.consent.filter(|base| !base.opted_in).and_then(|base| base.at);
    for unseen in subject.unseen.iter().filter(|unseen| unseen.at == now) {
        match unseen.facet {
            Written::OptIn { method, opted_in: true, .. } => ins.push(method),
            Written::OptIn { method, opted_in: false, modified_at, .. } => {
                outs.push(OwnOptOut { method, at, modified_at });
            }
            _ => {}
        }
    }
    (outs, ins)
}

/// Opt-outs that Tandem wrote to a contact which `subject` is not linked to (P2): the methods that were in before the write.
#[must_use]
pub fn written_to_hit(before: &Subject, finding: &Finding, at: Option<Timestamp>) -> Vec<OwnOptOut> {
    let Finding::Done { effect, person: Some(person), .. } = finding else { return Vec::new() };
    let Effect::SetOptIn { opted_in: false, addresses, .. } = effect else { return Vec::new() };
    outs_since(before, person, addresses, at)
}

/// Opt-outs of a reading that were claimed as Tandem's own, as the answer to its write was lost or old (E1).
#[must_use]
pub fn claimed(before: &Subject, after: &Subject, person: &Person) -> Vec<OwnOptOut> {
    // Further contacts are opted out beside what is agreed on for the linked one (P2).
    let is_new = before.base.consent.is_none_or(|base| base.opted_in)
        || before.further_contact(person.contact).is_some();
    let Some(agreed) = after.base.consent.filter(|base| !base.opted_in && is_new) else {
        return Vec::new();
    };
    outs_since(before, person, &consent::addresses(after), agreed.at)
}

/// Opt-outs that a note says are Tandem's own, of a store that was lost: remembered for every subscriber of the address.
#[must_use]
pub fn noted(before: &Subject, finding: &Finding) -> Vec<OwnOptOut> {
    let (Finding::OwnOptOut { noted_at }, Some(person)) = (finding, person_of(&before.virtuous)) else {
        return Vec::new();
    };
    let own = |method: &EmailMethod| OwnOptOut {
        method: method.id,
        at: *noted_at,
        modified_at: method.modified_at,
    };
    outs(before, person).map(own).collect()
}

fn outs_since(
    before: &Subject,
    person: &Person,
    addresses: &[String],
    at: Option<Timestamp>,
) -> Vec<OwnOptOut> {
    let hit = || before.further_contact(person.contact);
    let Some(known) = before.virtuous.person_of(person.contact).or_else(hit) else { return Vec::new() };
    let own = |method: &EmailMethod| OwnOptOut { method: method.id, at, modified_at: method.modified_at };
    consent::newly_out(known, person, addresses).map(own).collect()
}

/// The methods of a reading that were out and are in: an opt-out of Tandem's on them is history.
pub fn went_in<'a>(subject: &'a Subject, person: &'a Person) -> impl Iterator<Item = MethodId> + 'a {
    let hit = || subject.further_contact(person.contact);
    let known = subject.virtuous.person_of(person.contact).or_else(hit);
    let was_out = move |method: &&EmailMethod| {
        let mut before = known.into_iter().flat_map(|known| known.reached(false));
        before.any(|before| before.id == method.id && !before.opted_in)
    };
    person.reached(false).filter(|method| method.opted_in).filter(was_out).map(|method| method.id)
}

/// The methods that show an opt-out which nothing was agreed on for: each may be Tandem's own.
#[must_use]
pub fn in_question(subject: &Subject) -> Vec<MethodId> {
    if subject.base.consent.is_some_and(|base| !base.opted_in) {
        return Vec::new();
    }
    let Some(person) = person_of(&subject.virtuous) else { return Vec::new() };
    outs(subject, person).map(|method| method.id).collect()
}

/// What is agreed on by Tandem's own opt-outs, with the dates of their events; `None` if what the contact shows is not theirs.
///
/// Where an opt-in was agreed on, the method may have been opted out by staff since: then its date decides.
#[must_use]
pub fn agreed(subject: &Subject, household: &Household) -> Option<AgreedConsent> {
    if household.own_opt_outs.is_empty() || in_question(subject).is_empty() {
        return None;
    }
    let was_in = subject.base.consent.is_some();
    let own = |method: &EmailMethod| {
        let own = household.own_opt_outs.iter().find(|own| own.method == method.id)?;
        let is_unchanged = method.modified_at.is_some() && method.modified_at <= own.modified_at;
        match (was_in, is_unchanged) {
            (_, true) => Some(own.at),
            (true, false) => None,
            // No reading showed the method in. Staff may have opted it in and out again, on a day that is not known.
            (false, false) => Some(None),
        }
    };
    let person = person_of(&subject.virtuous)?;
    let dates: Vec<Option<Timestamp>> = outs(subject, person).map(own).collect::<Option<_>>()?;
    let at = dates.into_iter().collect::<Option<Vec<_>>>().and_then(|dates| dates.into_iter().max());
    Some(AgreedConsent { opted_in: false, at })
}

/// Whether an opt-out in Virtuous is owed for what Constant Contact shows of the subscriber: after a write without an answer, what the
/// address shows may be Tandem's own (E5).
#[must_use]
pub fn is_under_way(subject: &Subject, rules: &CustomerRules) -> bool {
    let is_out =
        subject.unanswered.is_some() || matches!(cc_consent(&subject.cc, rules), CcConsent::Out { .. });
    let is_agreed = subject.base.consent.is_some_and(|base| !base.opted_in);
    is_out && (!is_agreed || subject.opt_out_owed_since.is_some())
}

/// Whether an opt-out in Virtuous is owed to one of these contacts for what Constant Contact shows of the subscriber (E5): to the linked
/// contact until it is agreed on, and to a further contact that is not known to have it. Before the subscriber is found it may be any.
#[must_use]
pub fn is_on_its_way(subject: &Subject, to: &[VirtuousContactId], rules: &CustomerRules) -> bool {
    if !is_under_way(subject, rules) {
        return false;
    }
    let own = consent::addresses(subject);
    let lacks = |person: &Person| {
        let mut methods = person.reached(false);
        person.gaps.unknown.has(Parts::METHODS) || methods.any(|method| method.opted_in && method.is_at(&own))
    };
    let linked = subject.virtuous.linked();
    let is_agreed = subject.base.consent.is_some_and(|base| !base.opted_in);
    let is_owed = |contact: &VirtuousContactId| match linked.filter(|person| person.contact == *contact) {
        Some(person) => !is_agreed || lacks(person),
        None => subject.further_contact(*contact).is_some_and(&lacks),
    };
    let may_be_any = to.is_empty() || linked.is_none() && subject.further().is_empty();
    may_be_any || to.iter().any(is_owed)
}

/// Why an opt-out in Virtuous may be Tandem's own, and how long it waits to be looked at again (E5): another subscriber's write of it
/// is not settled and may not be shown yet (E1), or, where Virtuous had it first, a bounce or deletion that is not read yet may be what it was written for.
#[must_use]
pub fn doubt(
    subject: &Subject,
    household: &Household,
    awaits_bounces: bool,
    now: Timestamp,
) -> Option<(Cause, Duration)> {
    if household.opt_out_unsure.is_some_and(|since| lasts(since, UNSURE_FOR, now)) {
        return Some((Cause::Unsure, ANSWER_WAIT));
    }
    (awaits_bounces && subject.base.consent.is_none()).then_some((Cause::BouncesUnread, BOUNCES_WAIT))
}

/// Holds back what Constant Contact would be told of an opt-out that is in doubt (E5).
pub fn hold_back(plan: &mut Plan, (cause, wait): (Cause, Duration), now: Timestamp) {
    let Step::Apply(planned) = &mut plan.step else { return };
    let held: Vec<_> = planned.extract_if(.., |one| one.effect.kind() == EffectKind::Unsubscribe).collect();
    if held.is_empty() {
        return;
    }
    let reason = Reason::new(Rule::E5, cause);
    if planned.is_empty() {
        plan.step = Step::Nothing;
        plan.reason = reason.clone();
    }
    plan.remarks.push(reason);
    plan.held.extend(held);
    plan.due = Some((Lane::Consent, now.plus(wait)));
}

fn outs<'a>(subject: &Subject, person: &'a Person) -> impl Iterator<Item = &'a EmailMethod> + use<'a> {
    let own = consent::addresses(subject);
    let beside = person.others.iter().filter(|other| other.is_staffs_opt_out()).map(|other| &other.method);
    person.emails.iter().chain(beside).filter(move |method| !method.opted_in && method.is_at(&own))
}

/// The linked person, or the only candidate, which the plan takes for the link.
fn person_of(view: &VirtuousView) -> Option<&Person> {
    match view {
        VirtuousView::Linked(person) => Some(person),
        VirtuousView::Candidates(people) if people.len() == 1 => people.first(),
        _ => None,
    }
}

#[cfg(test)]
#[path = "own_opt_outs_test.rs"]
mod tests;
