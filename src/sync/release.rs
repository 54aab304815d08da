//! Letting subjects through that wait at the brake (B1).

use crate::domain::{Cause, Event, Lane, Reason, Rule, Subject, Timestamp, What, Work};

use super::Plan;

/// Which subjects the brake lets through, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// Those that owe an opt-out: they are few.
    OptOuts,
    /// All: they are few.
    All,
    /// All, by a person's decision.
    Accepted,
}

impl Release {
    /// Puts a subject back to work if this release covers it. Returns whether it does.
    #[must_use]
    pub fn apply(self, subject: &mut Subject, now: Timestamp) -> bool {
        let owes_opt_out = subject.opt_out_owed_since.is_some();
        if !subject.is_at_brake() || (self == Self::OptOuts && !owes_opt_out) {
            return false;
        }
        let cause = if self == Self::Accepted { Cause::Decided } else { Cause::BrakePassed };
        let reason = Reason::about(Rule::B1, cause, std::mem::take(&mut subject.reason.detail));
        if self == Self::Accepted {
            subject.recent.push(Event { at: now, what: What::Decided, reason: reason.clone() });
        }
        subject.reason = reason;
        let lane = if owes_opt_out { Lane::Consent } else { Lane::Change };
        subject.work = Some(Work { lane, due: now });
        true
    }

    /// Whether the released subjects count as written within the last day. What a person accepted does not (B1).
    #[must_use]
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Accepted)
    }

    /// Whether the brake is lifted once no subject waits.
    #[must_use]
    pub const fn lifts(self) -> bool {
        !matches!(self, Self::OptOuts)
    }
}

/// Whether a subject that the brake let through stays so: as long as writes are left to apply.
#[must_use]
pub fn stays_cleared(plan: &Plan) -> bool {
    plan.owed().next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ContactId;

    fn at_brake(owes_opt_out: bool) -> Subject {
        let now = Timestamp::from_secs(1_800_000_000);
        let mut subject = Subject::new(ContactId::new("c-1"), now);
        subject.reason = Reason::about(Rule::B1, Cause::AtBrake, "tags");
        subject.opt_out_owed_since = owes_opt_out.then_some(now);
        assert!(subject.is_at_brake());
        subject
    }

    #[test]
    fn b1_few_opt_outs_pass_and_tags_stay() {
        let now = Timestamp::from_secs(1_800_000_100);
        assert!(!Release::OptOuts.apply(&mut at_brake(false), now));
        let mut subject = at_brake(true);
        assert!(Release::OptOuts.apply(&mut subject, now));
        assert_eq!(subject.work, Some(Work { lane: Lane::Consent, due: now }));
        assert_eq!(subject.reason, Reason::about(Rule::B1, Cause::BrakePassed, "tags"));
        assert!(subject.recent.is_empty());
        assert!(!Release::All.apply(&mut subject, now), "it waits no more");
    }

    #[test]
    fn b1_a_persons_decision_is_told_and_counts_nothing() {
        let now = Timestamp::from_secs(1_800_000_100);
        let mut subject = at_brake(false);
        assert!(Release::Accepted.apply(&mut subject, now));
        assert_eq!(subject.work, Some(Work { lane: Lane::Change, due: now }));
        assert_eq!((subject.reason.cause, subject.recent.len()), (Cause::Decided, 1));
        assert!(!Release::Accepted.counts() && Release::All.counts() && Release::OptOuts.counts());
        assert!(Release::Accepted.lifts() && Release::All.lifts() && !Release::OptOuts.lifts());
    }
}
