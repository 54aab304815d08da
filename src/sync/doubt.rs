//! Doubt about a system that refuses a customer's key or grant: one refusal concludes nothing (B3).

use std::time::Duration;

use crate::domain::{Lane, Timestamp};

/// When a refused call is made for the second time: a refusal then is believed.
pub const SECOND_TRY: Duration = Duration::from_secs(60);
/// An opt-out tries so long after each refusal, so that it does not wait for the second try of all else.
pub const OPT_OUT_TRY: Duration = Duration::from_secs(10);
/// How long a refusal is remembered, longer than a paused customer waits for its next try: an older one says nothing of a new one.
const FORGOTTEN: Duration = Duration::from_secs(20 * 60);

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The key, token or grant as a whole (401): any answer of the system takes it back.
    Access,
    /// A privilege (403): answers to other calls say nothing of it.
    Privilege,
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass: tried again at this time. `is_new`: it is the first.
    Doubtful {
        /// When.
        until: Timestamp,
        /// Whether it is the first.
        is_new: bool,
    },
    /// It was refused for a minute: the customer pauses.
    Believed,
}

/// What is known of refusals; nothing, as a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubt(Option<Refusals>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusals {
    first: Timestamp,
    last: Timestamp,
    of: Refused,
}

impl Doubt {
    /// Takes in a refusal. Times to come are a wrong clock's, and forgotten (W8).
    pub fn refused(&mut self, of: Refused, now: Timestamp) -> Verdict {
        let known = self.0.filter(|known| {
            let is_of_now = known.first <= now && known.last <= now;
            known.of == of && is_of_now && now.since(known.last) < FORGOTTEN
        });
        let first = known.map_or(now, |known| known.first);
        let second = first.plus(SECOND_TRY);
        self.0 = Some(Refusals { first, last: now, of });
        if second <= now {
            return Verdict::Believed;
        }
        Verdict::Doubtful { until: second.min(now.plus(OPT_OUT_TRY)), is_new: known.is_none() }
    }

    /// The system answered. `true` if it took back what it had refused.
    pub fn answered(&mut self) -> bool {
        let is_taken_back = self.0.is_some_and(|known| known.of == Refused::Access);
        if is_taken_back {
            self.0 = None;
        }
        is_taken_back
    }

    /// Whether something was refused that no answer has taken back.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Until when a call of this lane is not made; `None`: it may be.
    #[must_use]
    pub fn holds(&self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        let known = self.0.filter(|known| known.of == Refused::Access && known.last <= now)?;
        let second = known.first.plus(SECOND_TRY);
        let next = match lane {
            Lane::Consent => second.min(known.last.plus(OPT_OUT_TRY)),
            Lane::Change | Lane::Import | Lane::Verify => second,
        };
        (next > now).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + seconds)
    }

    fn refused(doubt: &mut Doubt, seconds: i64) -> Option<i64> {
        match doubt.refused(Refused::Access, at(seconds)) {
            Verdict::Doubtful { until, .. } => Some(until.as_secs() - at(0).as_secs()),
            Verdict::Believed => None,
        }
    }

    #[test]
    fn b3_only_a_second_try_a_minute_later_is_believed() {
        let mut doubt = Doubt::default();
        assert_eq!(doubt.refused(Refused::Access, at(0)), Verdict::Doubtful { until: at(10), is_new: true });
        assert_eq!(refused(&mut doubt, 10), Some(20));
        assert_eq!(refused(&mut doubt, 55), Some(60), "an opt-out's try is not behind the second one");
        assert_eq!(refused(&mut doubt, 60), None);
        assert_eq!(refused(&mut doubt, 61), None, "another call that was under way");
        assert_eq!(refused(&mut doubt, 960), None, "a paused customer's next try is no first refusal");
        // Eight seconds of refusals.
        let mut doubt = Doubt::default();
        assert_eq!(refused(&mut doubt, 0), Some(10));
        assert!(doubt.answered() && !doubt.answered());
        assert_eq!(refused(&mut doubt, 90), Some(100), "begins anew");
    }

    #[test]
    fn b3_meanwhile_only_an_opt_out_calls() {
        let mut doubt = Doubt::default();
        assert_eq!(doubt.holds(Lane::Change, at(0)), None);
        doubt.refused(Refused::Access, at(0));
        assert_eq!(doubt.holds(Lane::Change, at(30)), Some(at(60)));
        assert_eq!(doubt.holds(Lane::Consent, at(3)), Some(at(10)));
        assert_eq!(doubt.holds(Lane::Consent, at(10)), None);
        doubt.refused(Refused::Access, at(10));
        assert_eq!(doubt.holds(Lane::Consent, at(11)), Some(at(20)));
        assert_eq!(doubt.holds(Lane::Change, at(60)), None, "the second try");
    }

    #[test]
    fn b3_a_missing_privilege_holds_nothing_else_and_other_answers_say_nothing_of_it() {
        let mut doubt = Doubt::default();
        doubt.refused(Refused::Privilege, at(0));
        assert_eq!(doubt.holds(Lane::Change, at(1)), None);
        assert!(!doubt.answered());
        assert_eq!(doubt.refused(Refused::Privilege, at(60)), Verdict::Believed);
        assert!(matches!(
            doubt.refused(Refused::Privilege, at(3600)),
            Verdict::Doubtful { is_new: true, .. }
        ));
    }

    #[test]
    fn w8_a_clock_set_back_makes_a_refusal_the_first() {
        let mut doubt = Doubt::default();
        doubt.refused(Refused::Access, at(2 * 86_400));
        assert_eq!(doubt.holds(Lane::Change, at(0)), None);
        assert_eq!(doubt.refused(Refused::Access, at(0)), Verdict::Doubtful { until: at(10), is_new: true });
    }
}
