//! A subscriber without a contact in Virtuous: looked up, submitted, waited for, or left out (C1 to C4, V1).

use std::time::Duration;

use crate::domain::{Cause, Lane, Reason, Rule, Stage, State, Subject, Submission, Timestamp, VirtuousView};

use super::{Plan, Planner, Step, looked_up::LookedUp};
use crate::sync::create;

/// How long "not found in Virtuous" is believed before a creation rests on it.
const ABSENCE_BELIEVED: Duration = Duration::from_secs(24 * 3600);

impl Planner {
    /// A subscriber without a Virtuous contact: wait for a submission, look up, create, or leave out.
    pub(super) fn plan_absent(&self, subject: &Subject, looked_up: LookedUp, now: Timestamp) -> Plan {
        if let Some(submission) = subject.submission {
            return self.plan_submitted(subject, submission, looked_up, now);
        }
        let mut plan = self.plan_unsubmitted(subject, looked_up, now);
        // Without a linked contact, former addresses cannot match anything: drop them (P6).
        plan.base.former.clear();
        plan
    }

    fn plan_unsubmitted(&self, subject: &Subject, looked_up: LookedUp, now: Timestamp) -> Plan {
        // At the very moment counts as before: a subscriber is kept as it is first seen, and a page of the reading only after
        // the call that brought it.
        let scanned = self.scanned_at.is_some_and(|scanned| subject.first_seen <= scanned);
        let known_absent = match looked_up {
            LookedUp::Outdated => false,
            LookedUp::At(at) => now.since(at) <= ABSENCE_BELIEVED,
            LookedUp::Never => scanned && self.stage != Stage::Live,
        };
        let eligibility = create::decide(subject, &self.mapping, &self.rules, self.partial_names_refused);
        match eligibility {
            create::Eligibility::Create(_) if !known_absent => self.look_up(subject),
            create::Eligibility::Create(_) if subject.gone_since.is_some() => {
                // To make the contact again would bring back what staff took away (I3).
                Plan::waits(subject, State::Review, Reason::new(Rule::I3, Cause::VirtuousGone))
            }
            create::Eligibility::Create(transaction) => {
                let reason = Reason::new(Rule::C1, Cause::Create);
                Plan::step(subject, Step::Submit(transaction), reason)
            }
            create::Eligibility::Not(state, reason) => {
                // A contact in Virtuous under this address still gets the opt-out: look it up once (C2).
                let never_looked = match looked_up {
                    LookedUp::Never => !scanned,
                    LookedUp::Outdated => true,
                    LookedUp::At(_) => false,
                };
                let pending = reason.cause == Cause::PendingConfirmation;
                if never_looked && subject.cc.email.is_some() && !pending {
                    return self.look_up(subject);
                }
                Plan::waits(subject, state, reason)
            }
        }
    }

    /// Whether a subscriber would be sent to be created, if it turned out not to be in Virtuous.
    #[must_use]
    pub fn would_create(&self, subject: &Subject) -> bool {
        let is_absent = matches!(subject.virtuous, VirtuousView::Unknown | VirtuousView::Absent { .. });
        let may_be = || create::decide(subject, &self.mapping, &self.rules, self.partial_names_refused);
        is_absent && matches!(may_be(), create::Eligibility::Create(_))
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
        looked_up: LookedUp,
        now: Timestamp,
    ) -> Plan {
        let import_ran = self.confirmed_until.is_some_and(|confirmed| confirmed >= submission.sent_at);
        let looked_since = looked_up.at().filter(|at| *at >= submission.sent_at);
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
}
