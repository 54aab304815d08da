//! A linked subscriber: merged facet by facet, and then what comes first.

use crate::domain::{
    Cause, Effect, Lane, Membership, Person, ProfilePolicy, Reason, Rule, State, Subject, Timestamp, Verdict,
};

use super::{Household, Plan, Planned, Planner, Step};
use crate::sync::{brake, confirmation, consent, create, email, fields, list_field, notes, segments};

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
        let mut plan = Plan::waits(subject, State::InSync, Reason::new(Rule::I1, Cause::Agreed));
        let mut planned: Vec<Planned> = Vec::new();
        let mut reviews: Vec<Reason> = Vec::new();

        let agreed = self.merge_consent(subject, person, &mut plan, &mut planned, &mut reviews);
        let writes_consent = !planned.is_empty();
        if person.restricted {
            planned.retain(|planned| {
                matches!(
                    planned.effect,
                    Effect::SetOptIn { opted_in: false, .. } | Effect::Unsubscribe { .. }
                )
            });
            plan.state = State::Excluded;
            plan.reason = Reason::new(Rule::I3, Cause::ArchivedOrPrivate);
            reviews.clear();
        } else {
            plan.base.former.retain(|former| person.methods_of(former).next().is_some());
            match email::decide(subject, person) {
                // As long as consent does not agree, it is decided from the former address too (P5, P6), also where nothing
                // was ever agreed, as Constant Contact says nothing. Where it is left as it is, that is the one that was there
                // when it was last looked at.
                email::Decision::Keep(email)
                    if agreed && plan.base.consent.is_some()
                        || !(writes_consent || has_former(subject, person)) =>
                {
                    plan.base.email = email;
                    plan.base.former.clear();
                }
                email::Decision::Keep(_) => {}
                email::Decision::Write(effect, reason) => planned.push(Planned { effect, reason }),
                email::Decision::Review(reason) => reviews.push(reason),
            }
            if !person.has_reference && !subject.reference_refused {
                let effect = Effect::AddReference { contact: person.contact };
                planned.push(Planned { effect, reason: Reason::new(Rule::I2, Cause::FoundByEmail) });
            }
            self.merge_segments(subject, person, household, &mut plan, &mut planned);
            if !agreed {
                // S5: nobody joins a list while their consent is in question; who is about to be unsubscribed leaves all.
                planned.retain(|one| match one.effect {
                    Effect::ChangeLists { membership, .. } => {
                        membership == Membership::Leave && !writes_consent
                    }
                    _ => true,
                });
            }
            self.merge_fields(subject, person, household, &mut plan, &mut planned);
            let owed = notes::owed(subject, person, &self.rules);
            planned.extend(owed.into_iter().map(|(effect, reason)| Planned { effect, reason }));
        }
        let may_write = self.stage.may_write();
        let waits = (may_write && !household.cleared)
            .then(|| brake::hold_back(subject, &mut planned, &self.rules))
            .flatten();
        let mut plan = self.conclude(subject, plan, planned, reviews, now);
        if let Some(reason) = waits
            && plan.step == Step::Nothing
            && plan.due.is_none()
        {
            // Everything else is done: only the brake is left.
            (plan.state, plan.reason) = (State::Pending, reason);
        }
        plan
    }

    /// The consent facet. Whether both sides agree on it.
    fn merge_consent(
        &self,
        subject: &Subject,
        person: &Person,
        plan: &mut Plan,
        planned: &mut Vec<Planned>,
        reviews: &mut Vec<Reason>,
    ) -> bool {
        let decision = consent::decide(subject, person, &self.rules);
        let agrees = matches!(decision, consent::Decision::Keep(_));
        let set = |opted_in, reason| {
            let (contact, individual) = (person.contact, person.individual);
            let addresses = consent::addresses(subject);
            Planned { effect: Effect::SetOptIn { contact, individual, addresses, opted_in }, reason }
        };
        match decision {
            consent::Decision::Keep(agreed) => {
                plan.base.consent = agreed;
                plan.consent_agrees = true;
                plan.consent_answered = match consent::cc_consent(&subject.cc, &self.rules) {
                    consent::CcConsent::Out { .. } => agreed.is_some_and(|base| !base.opted_in),
                    consent::CcConsent::Active { .. } => agreed.is_some_and(|base| base.opted_in),
                    consent::CcConsent::Silent => false,
                };
            }
            consent::Decision::Disagree => plan.consent_agrees = true,
            consent::Decision::Virtuous { opted_in, reason, .. } => planned.push(set(opted_in, reason)),
            consent::Decision::ConstantContact { reason, .. } => {
                let effect = Effect::Unsubscribe { reason: consent::OWN_OPT_OUT_REASON };
                planned.push(Planned { effect, reason });
            }
            consent::Decision::Review(reason) => match self.accepted(subject, &reason) {
                Some(opted_in) => {
                    let reason = Reason::about(reason.rule, Cause::Decided, reason.cause.text());
                    planned.push(set(opted_in, reason));
                }
                None if reason.cause == Cause::StaffOptIn => match confirmation::answer(subject, reason) {
                    confirmation::Answer::Send(send) => planned.push(send),
                    confirmation::Answer::Ask(reason) | confirmation::Answer::Wait(reason) => {
                        reviews.push(reason)
                    }
                },
                None => reviews.push(reason),
            },
        }
        agrees
    }

    /// What a person's acceptance of a review of consent has Tandem write: staff's opt-in is taken back (P5); a person whom
    /// Constant Contact shows as active is opted in (P3, C5).
    fn accepted(&self, subject: &Subject, reason: &Reason) -> Option<bool> {
        if subject.decided() != Some(Verdict::Accept) {
            return None;
        }
        let in_cc = consent::cc_consent(&subject.cc, &self.rules);
        match reason.cause {
            Cause::StaffOptIn => Some(false),
            Cause::UnprovedOptIn | Cause::ImportOptIn => {
                matches!(in_cc, consent::CcConsent::Active { .. }).then_some(true)
            }
            _ => None,
        }
    }

    fn merge_segments(
        &self,
        subject: &Subject,
        person: &Person,
        household: &Household,
        plan: &mut Plan,
        planned: &mut Vec<Planned>,
    ) {
        if subject.lists_in_flight.is_some() {
            // Until it is carried out, what Constant Contact shows is not the last word (S5).
            return;
        }
        let decision = segments::decide(subject, person, &self.mapping, household, &self.rules);
        plan.base.segments = decision.agreed;
        plan.remarks.extend(decision.remarks);
        plan.missing_tags = decision.missing;
        planned.extend(decision.effects.into_iter().map(|(effect, reason)| Planned { effect, reason }));
    }

    fn merge_fields(
        &self,
        subject: &Subject,
        person: &Person,
        household: &Household,
        plan: &mut Plan,
        planned: &mut Vec<Planned>,
    ) {
        let lists = list_field::decide(subject, person, &self.mapping, household, &self.rules);
        let decision = fields::decide(subject, person, &self.mapping, household);
        let effects: Vec<_> = lists.effect.into_iter().chain(decision.effect).collect();
        let unwritten: Vec<_> =
            subject.base.fields.iter().filter(|(name, _)| is_written(&effects, name)).cloned().collect();
        plan.base.fields = decision.agreed;
        plan.base.fields.extend(lists.agreed);
        plan.base.fields.extend(unwritten);
        plan.base.fields.sort();
        plan.base.fields.dedup_by(|one, other| one.0 == other.0);
        plan.remarks.extend(lists.remark);
        plan.remarks.extend(decision.remarks);
        planned.extend(effects.into_iter().map(|(effect, reason)| Planned { effect, reason }));
    }

    /// Puts the facets together: what is to be written first, then what waits for a person, then what merely waits.
    fn conclude(
        &self,
        subject: &Subject,
        mut plan: Plan,
        mut planned: Vec<Planned>,
        mut reviews: Vec<Reason>,
        now: Timestamp,
    ) -> Plan {
        if !self.stage.may_write() {
            plan.state = State::Pending;
            plan.reason = Reason::new(Rule::C4, Cause::ImportNotStarted);
            plan.step = if planned.is_empty() { Step::Nothing } else { Step::Apply(planned) };
            return plan;
        }
        if let Some(first) = planned.first() {
            plan.state = State::Pending;
            plan.reason = first.reason.clone();
            // The order is the order of urgency: consent first, and nothing else before it (C5).
            planned.sort_by_key(|planned| match planned.effect {
                Effect::SetOptIn { .. } | Effect::Unsubscribe { .. } => 0,
                // Sent for many together, when nothing else is left.
                Effect::ChangeLists { .. } => 2,
                _ => 1,
            });
            plan.step = Step::Apply(planned);
            plan.remarks.extend(reviews);
            return plan;
        }
        if let Some(flight) = &subject.lists_in_flight {
            plan.state = State::Pending;
            plan.reason = Reason::new(Rule::S5, Cause::ListsUnderWay);
            plan.remarks.extend(reviews);
            if now >= flight.next_look {
                plan.step = Step::LookAtLists;
            } else {
                plan.due = Some((Lane::Change, flight.next_look));
            }
            return plan;
        }
        // An answer that is waited for is no question, but another question may stand beside it (P5).
        reviews.sort_by_key(|reason| reason.cause == Cause::ConfirmationSent);
        if let Some(reason) = reviews.first() {
            let waits = reason.cause == Cause::ConfirmationSent;
            plan.state = if waits { State::Held } else { State::Review };
            plan.reason = reason.clone();
            plan.remarks.extend(reviews.into_iter().skip(1));
            return plan;
        }
        if plan.state != State::InSync {
            return plan;
        }
        if let Some(waits) = plan.remarks.iter().find(|remark| remark.cause == Cause::TagTwice) {
            plan.reason = waits.clone();
            plan.state = State::Review;
        } else if let Some(waits) = plan.remarks.iter().find(|remark| remark.cause == Cause::TagMissing) {
            plan.reason = waits.clone();
            plan.state = State::Held;
        } else {
            return self.profile_change(subject, plan, now);
        }
        plan
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

/// Whether the address that was agreed on is there still, or one that came after it.
fn has_former(subject: &Subject, person: &Person) -> bool {
    subject.base.addresses().any(|former| person.methods_of(former).next().is_some())
}

/// Whether an effect writes this field: what was written before stays in the base until the new value is on.
fn is_written(effects: &[(Effect, Reason)], name: &str) -> bool {
    effects.iter().any(|(effect, _)| {
        matches!(effect, Effect::SetFields { fields, .. } if fields.iter().any(|(field, ..)| field == name))
    })
}
