//! An opt-in waits until the account's bounce reports were read once: a bounce in them may be newer than the proof (P3).

use std::time::Duration;

use crate::domain::{
    BounceKind, BouncePolicy, Cause, CustomerRules, Effect, Lane, Reason, Rule, State, Timestamp,
    kept_time::lasts,
};

use super::{Plan, Planned, Step};

/// How long after the contacts of Virtuous were read an opt-in waits at most: a report that no try can read holds up no opt-in for good.
const AT_MOST: Duration = Duration::from_secs(24 * 3600);
/// For so long after that reading the first reports are about to be read.
const AT_FIRST: Duration = Duration::from_secs(10 * 60);
/// When an opt-in is looked at again meanwhile, and later.
const LOOKS: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(10 * 60));

/// Until when an opt-in waits to be looked at again, while the reports are unread; `None` if it waits for none: no bounce opts out, or
/// the contacts of Virtuous were read so long ago that the reports cannot be read at all.
#[must_use]
pub fn until(rules: &CustomerRules, scanned_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let opts_out = |kind| rules.bounce_policy(kind) == BouncePolicy::OptOut;
    let is_meant = [BounceKind::Hard, BounceKind::Soft].into_iter().any(opts_out);
    let is_over = scanned_at.is_some_and(|at| !lasts(at, AT_MOST, now));
    if !is_meant || is_over {
        return None;
    }
    let is_first = scanned_at.is_some_and(|at| lasts(at, AT_FIRST, now));
    Some(now.plus(if is_first { LOOKS.0 } else { LOOKS.1 }))
}

/// Opt-ins that wait, and until when.
pub struct Waiting {
    held: Vec<Planned>,
    until: Timestamp,
}

/// Takes the opt-ins by proof out of what is to be written; `None` if there are none. Everything else of the person goes on.
pub fn hold_back(effects: &mut Vec<Planned>, until: Timestamp) -> Option<Waiting> {
    let is_proved = |one: &mut Planned| {
        matches!(one.effect, Effect::SetOptIn { opted_in: true, .. })
            && one.reason.cause == Cause::ProvedOptIn
    };
    let held: Vec<_> = effects.extract_if(.., is_proved).collect();
    (!held.is_empty()).then_some(Waiting { held, until })
}

impl Waiting {
    /// Shows in the plan what waits, and has it looked at again.
    pub fn show_in(self, plan: &mut Plan) {
        let reason = Reason::new(Rule::P3, Cause::BounceMayBeNewer);
        plan.held.extend(self.held);
        if plan.step == Step::Nothing {
            if plan.state == State::InSync {
                // All else agrees.
                (plan.state, plan.reason) = (State::Pending, reason.clone());
            }
            if plan.due.is_none_or(|(_, due)| self.until < due) {
                plan.due = Some((Lane::Change, self.until));
            }
        }
        plan.remarks.push(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContactId, IndividualId, Subject, VirtuousContactId};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    fn opt_in(cause: Cause) -> Planned {
        let addresses = vec!["ann@example.org".to_owned()];
        let effect = Effect::SetOptIn {
            contact: VirtuousContactId(1),
            individual: IndividualId(1),
            addresses,
            opted_in: true,
        };
        Planned { effect, reason: Reason::new(Rule::P3, cause) }
    }

    #[test]
    fn p3_an_opt_in_waits_for_the_reports_a_day_at_most_and_not_where_no_bounce_opts_out() {
        let mut rules = CustomerRules::default();
        let until = |rules: &CustomerRules, scanned, now| super::until(rules, scanned, at(now));
        assert_eq!(until(&rules, Some(at(0)), 0), Some(at(60)));
        assert_eq!(until(&rules, Some(at(0)), 600), Some(at(1_200)));
        assert_eq!(until(&rules, Some(at(0)), 86_399), Some(at(86_999)));
        assert_eq!(until(&rules, Some(at(0)), 86_400), None);
        assert_eq!(until(&rules, None, 0), Some(at(600)));
        assert_eq!(until(&rules, Some(at(400)), 0), None, "the clock was set back (W8)");
        (rules.hard_bounce, rules.soft_bounce) = (BouncePolicy::Ignore, BouncePolicy::OptOut);
        assert!(until(&rules, Some(at(0)), 0).is_some());
        rules.soft_bounce = BouncePolicy::Note;
        assert_eq!(until(&rules, Some(at(0)), 0), None);
    }

    #[test]
    fn p3_only_the_opt_in_by_proof_waits_and_is_shown() {
        let mut effects = vec![opt_in(Cause::ImportOptIn), opt_in(Cause::Decided)];
        assert!(hold_back(&mut effects, at(60)).is_none());
        effects.push(opt_in(Cause::ProvedOptIn));
        let waiting = hold_back(&mut effects, at(60)).unwrap();
        assert_eq!(effects.len(), 2);
        let subject = Subject::new(ContactId::new("c-1"), at(0));
        let agreed = Reason::new(Rule::I1, Cause::Agreed);
        let mut plan = Plan { state: State::InSync, ..Plan::step(&subject, Step::Nothing, agreed) };
        waiting.show_in(&mut plan);
        assert_eq!((plan.state, plan.reason.cause), (State::Pending, Cause::BounceMayBeNewer));
        assert_eq!((plan.due, plan.owed().count()), (Some((Lane::Change, at(60))), 1));
    }

    #[test]
    fn p3_what_else_is_to_be_written_or_waits_sooner_keeps_its_place() {
        let subject = Subject::new(ContactId::new("c-1"), at(0));
        let waiting = || hold_back(&mut vec![opt_in(Cause::ProvedOptIn)], at(60)).unwrap();
        let reason = Reason::new(Rule::S5, Cause::ListsUnderWay);
        let mut plan = Plan::step(&subject, Step::Refresh, reason.clone());
        waiting().show_in(&mut plan);
        assert_eq!((plan.reason.clone(), plan.due), (reason.clone(), None));
        let mut plan =
            Plan { due: Some((Lane::Verify, at(5))), ..Plan::step(&subject, Step::Nothing, reason) };
        waiting().show_in(&mut plan);
        assert_eq!((plan.reason.cause, plan.due), (Cause::ListsUnderWay, Some((Lane::Verify, at(5)))));
        assert_eq!(plan.remarks.last().map(|remark| remark.cause), Some(Cause::BounceMayBeNewer));
    }
}
