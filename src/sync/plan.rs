//! The merge: three views in, the next step out, with the reason of every decision.

use std::collections::BTreeSet;

use crate::domain::{
    Base, Cause, CustomerRules, Effect, Lane, Person, ProfilePolicy, Reason, Rule, SegmentKey, Stage, State,
    Subject, Submission, Timestamp, Transaction, Verdict, VirtuousView,
};

use super::{Mapping, brake, confirmation, consent, create, email, fields, list_field, notes, segments};

/// How long "not found in Virtuous" is believed before a creation rests on it.
const ABSENCE_BELIEVED: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// What counts beside the subject itself: the other linked subscribers of the same Virtuous contact (I4), and the brake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Segments that any of them is in.
    pub segments: BTreeSet<SegmentKey>,
    /// Tags that were put on for any of them: these are Tandem's, and nobody's wish (S2).
    pub owned: BTreeSet<String>,
    /// Whether this subscriber is the one that speaks for fields of the contact.
    pub leads: bool,
    /// Whether this subscriber is the one that joins a list whose tag staff put on the contact (S5): the first of those who
    /// may.
    pub joins: bool,
    /// Whether the brake lets this subscriber's braked writes through (B1).
    pub cleared: bool,
}

impl Default for Household {
    fn default() -> Self {
        Self { segments: BTreeSet::new(), owned: BTreeSet::new(), leads: true, joins: true, cleared: true }
    }
}

/// One effect with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What is to be written.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
}

/// The next step for a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// None now.
    Nothing,
    /// Look the subscriber up in Virtuous: by reference, then by email (I2).
    LookUp,
    /// Read the linked contact again: it was merged, or an earlier outcome is unknown.
    Refresh,
    /// Send a row for the nightly import (C4).
    Submit(Box<Transaction>),
    /// Write these, in this order, stopping at the first that fails.
    Apply(Vec<Planned>),
    /// Ask how far the change of lists is that Constant Contact carries out (S5).
    LookAtLists,
}

/// What is to be done with a subject, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The next step.
    pub step: Step,
    /// Where the subject stands until the step is done.
    pub state: State,
    /// Why it stands there.
    pub reason: Reason,
    /// When and in which lane to look again.
    pub due: Option<(Lane, Timestamp)>,
    /// What both sides agree on, as far as they do.
    pub base: Base,
    /// Whether consent agrees.
    pub consent_agrees: bool,
    /// Whether what is agreed on is the last word on every opt-out before. It is not where Constant Contact says nothing, nor where
    /// staff's opt-out is left without being told: what is unanswered stays so (P3).
    pub consent_answered: bool,
    /// What was noticed beside: conflicts, waiting tags, values that cannot be converted.
    pub remarks: Vec<Reason>,
    /// Tags that staff need to create (S4).
    pub missing_tags: Vec<String>,
}

impl Plan {
    fn waits(subject: &Subject, state: State, reason: Reason) -> Self {
        Self {
            step: Step::Nothing,
            state,
            reason,
            due: None,
            base: subject.base.clone(),
            consent_agrees: false,
            consent_answered: false,
            remarks: Vec::new(),
            missing_tags: Vec::new(),
        }
    }

    fn step(subject: &Subject, step: Step, reason: Reason) -> Self {
        Self { step, ..Self::waits(subject, State::Pending, reason) }
    }

    fn again(mut self, lane: Lane, at: Timestamp) -> Self {
        self.due = Some((lane, at));
        self
    }

    /// Whether an opt-out is among the effects: it overtakes all other work.
    #[must_use]
    pub fn opts_out(&self) -> bool {
        let Step::Apply(planned) = &self.step else { return false };
        planned.iter().any(|planned| {
            matches!(planned.effect, Effect::SetOptIn { opted_in: false, .. } | Effect::Unsubscribe { .. })
        })
    }
}

/// Everything that a customer's decisions rest on beside the subject itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planner {
    /// The customer's choices.
    pub rules: CustomerRules,
    /// The resolved mapping.
    pub mapping: Mapping,
    /// How far the first import is.
    pub stage: Stage,
    /// When the reading of all Virtuous contacts began: who was known by then and not found is not there.
    pub scanned_at: Option<Timestamp>,
    /// Whether Virtuous refused contacts with only one name (C3).
    pub partial_names_refused: bool,
    /// The newest submission that was confirmed: an import has run since it was sent.
    pub confirmed_until: Option<Timestamp>,
}

impl Planner {
    /// Merges the views of a subject into its next step. Total: any subject plans, or says why not.
    #[must_use]
    pub fn plan(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        let mut plan = self.merge(subject, household, now);
        let asks = matches!(plan.state, State::Review | State::Failed)
            || plan.reason.cause == Cause::ConfirmationSent;
        if asks && subject.decided() == Some(Verdict::Leave) {
            // Left as it is until something changes.
            plan.state = State::Excluded;
            plan.reason = Reason::about(plan.reason.rule, Cause::Dropped, plan.reason.cause.text());
        }
        plan
    }

    fn merge(&self, subject: &Subject, household: &Household, now: Timestamp) -> Plan {
        if let Some(failure) = &subject.failure {
            let reason = Reason::about(Rule::B3, Cause::Refused, failure.effect.clone());
            return Plan::waits(subject, State::Failed, reason);
        }
        match &subject.virtuous {
            VirtuousView::Linked(person) => self.plan_linked(subject, person, household, now),
            VirtuousView::Candidates(people)
                if self.stage == Stage::Scanning && subject.submission.is_none() =>
            {
                let _ = people;
                Plan::waits(subject, State::Pending, Reason::new(Rule::I2, Cause::ScanRunning))
            }
            VirtuousView::Candidates(people) => match people.as_slice() {
                [] => self.plan_absent(subject, Some(now), now),
                [only] => self.plan_linked(subject, only, household, now),
                _ => Plan::waits(subject, State::Review, Reason::new(Rule::I2, Cause::SeveralHits)),
            },
            VirtuousView::Absent { since } => self.plan_absent(subject, Some(*since), now),
            VirtuousView::Unknown => self.plan_absent(subject, None, now),
        }
    }

    /// A subscriber without a Virtuous contact: wait for a submission, look up, create, or leave out.
    fn plan_absent(&self, subject: &Subject, looked_up: Option<Timestamp>, now: Timestamp) -> Plan {
        if let Some(submission) = subject.submission {
            return self.plan_submitted(subject, submission, looked_up, now);
        }
        // At the very moment counts as before: a subscriber is kept as it is first seen, and a page of the reading only after
        // the call that brought it.
        let scanned = self.scanned_at.is_some_and(|scanned| subject.first_seen <= scanned);
        let known_absent = match looked_up {
            Some(Timestamp::EPOCH) => false,
            Some(at) => now.since(at) <= ABSENCE_BELIEVED,
            None => scanned && self.stage != Stage::Live,
        };
        let eligibility = create::decide(subject, &self.mapping, &self.rules, self.partial_names_refused);
        match eligibility {
            create::Eligibility::Create(_) if !known_absent => self.look_up(subject),
            create::Eligibility::Create(transaction) => {
                let reason = Reason::new(Rule::C1, Cause::Create);
                Plan::step(subject, Step::Submit(transaction), reason)
            }
            create::Eligibility::Not(state, reason) => {
                // C2: somebody in Virtuous under this address still gets the opt-out, so that they are looked up once.
                let never_looked = match looked_up {
                    None => !scanned,
                    // A new address, or a contact that was met with it since: looked up whatever the scan showed.
                    Some(at) => at == Timestamp::EPOCH,
                };
                let pending = reason.cause == Cause::PendingConfirmation;
                if never_looked && subject.cc.email.is_some() && !pending {
                    return self.look_up(subject);
                }
                Plan::waits(subject, state, reason)
            }
        }
    }

    fn look_up(&self, subject: &Subject) -> Plan {
        if self.stage == Stage::Scanning {
            return Plan::waits(subject, State::Pending, Reason::new(Rule::I2, Cause::ScanRunning));
        }
        Plan::step(subject, Step::LookUp, Reason::new(Rule::I2, Cause::LookUp))
    }

    /// A submission in flight (V1): confirmed by event or query; looked up after a day; a person is asked after three.
    fn plan_submitted(
        &self,
        subject: &Subject,
        submission: Submission,
        looked_up: Option<Timestamp>,
        now: Timestamp,
    ) -> Plan {
        let import_ran = self.confirmed_until.is_some_and(|confirmed| confirmed >= submission.sent_at);
        let looked_since = looked_up.filter(|at| *at >= submission.sent_at);
        let first_look = submission.sent_at.plus(self.rules.lookup_after);
        if !submission.certain && import_ran && looked_since.is_none() {
            return Plan::step(subject, Step::LookUp, Reason::new(Rule::V1, Cause::SubmissionUnsure));
        }
        let next_look =
            looked_since.map_or(first_look, |at| at.plus(self.rules.lookup_after).max(first_look));
        if now >= next_look {
            return Plan::step(subject, Step::LookUp, Reason::new(Rule::V1, Cause::Submitted));
        }
        if now.since(submission.sent_at) >= self.rules.review_after {
            let reason =
                Reason::about(Rule::V1, Cause::WaitingInImports, format!("since {}", submission.sent_at));
            return Plan::waits(subject, State::Review, reason).again(Lane::Verify, next_look);
        }
        let cause = if submission.certain { Cause::Submitted } else { Cause::SubmissionUnsure };
        Plan::waits(subject, State::Submitted, Reason::new(Rule::V1, cause)).again(Lane::Verify, next_look)
    }

    /// A linked subscriber: merge facet by facet.
    fn plan_linked(&self, subject: &Subject, person: &Person, household: &Household, now: Timestamp) -> Plan {
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
            match email::decide(subject, person) {
                // As long as consent does not agree, it is decided from the former address too (P5, P6). Where it is left
                // as it is, that is the one that was there when it was last looked at.
                email::Decision::Keep(email)
                    if agreed || !(writes_consent || has_former(subject, person)) =>
                {
                    plan.base.email = email;
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
                // S5: nobody joins a list while their consent is in question, and who is about to be unsubscribed leaves all.
                planned.retain(|one| !one.effect.is_list_change());
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
            consent::Decision::Leave => plan.consent_agrees = true,
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

/// Whether the address that was agreed on is there still.
fn has_former(subject: &Subject, person: &Person) -> bool {
    subject.base.email.as_ref().is_some_and(|former| person.methods_of(former).next().is_some())
}

/// Whether an effect writes this field: what was written before stays in the base until the new value is on.
fn is_written(effects: &[(Effect, Reason)], name: &str) -> bool {
    effects.iter().any(|(effect, _)| {
        matches!(effect, Effect::SetFields { fields, .. } if fields.iter().any(|(field, ..)| field == name))
    })
}

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
