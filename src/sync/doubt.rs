//! Doubt about a system that refuses a customer's key or grant: one refusal concludes nothing (B3).

use std::time::Duration;

use crate::domain::{Lane, Refused, Timestamp};

/// When a refused call is made for the second time: a refusal then is believed.
pub const SECOND_TRY: Duration = Duration::from_secs(60);
/// An opt-out tries so long after each refusal, so that it does not wait for the second try of all else.
pub const OPT_OUT_TRY: Duration = Duration::from_secs(10);
/// The longest such wait, doubled each time that others' calls are answered meanwhile: one person's write that is always refused.
const OPT_OUT_TRY_MAX: Duration = Duration::from_secs(300);
/// How long a refusal is remembered, longer than a paused customer waits for its next try: an older one says nothing of a new one.
const FORGOTTEN: Duration = Duration::from_secs(20 * 60);

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

/// What is known of refusals, each kind by itself; nothing, as a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doubt(Vec<Refusals>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refusals {
    of: Refused,
    /// `None` once it was taken back.
    first: Option<Timestamp>,
    last: Timestamp,
    /// How often it was taken back lately: what is refused over and over is tried ever more rarely.
    taken_back: u32,
}

impl Refusals {
    /// Whether they say something of a new one. Times to come are a wrong clock's, and forgotten (W8).
    fn are_of(&self, now: Timestamp) -> bool {
        self.first.is_none_or(|first| first <= now) && self.last <= now && now.since(self.last) < FORGOTTEN
    }

    /// The wait after the latest.
    fn wait(&self) -> Duration {
        OPT_OUT_TRY.saturating_mul(1 << self.taken_back.min(8)).min(OPT_OUT_TRY_MAX)
    }
}

impl Doubt {
    /// Takes in a refusal.
    pub fn refused(&mut self, of: Refused, now: Timestamp) -> Verdict {
        self.0.retain(|known| known.are_of(now));
        let place = self.0.iter().position(|known| known.of == of).unwrap_or_else(|| {
            self.0.push(Refusals { of, first: None, last: now, taken_back: 0 });
            self.0.len() - 1
        });
        let known = &mut self.0[place];
        let is_new = known.first.is_none();
        let second = known.first.get_or_insert(now).plus(SECOND_TRY);
        known.last = now;
        if second <= now {
            return Verdict::Believed;
        }
        let next = now.plus(known.wait());
        Verdict::Doubtful { until: if known.taken_back == 0 { second.min(next) } else { next }, is_new }
    }

    /// The system answered a call that needed this: it takes the access, and that privilege. `true` if it took back what it had refused.
    pub fn answered(&mut self, needed: Refused) -> bool {
        let mut is_taken_back = false;
        for known in self.0.iter_mut().filter(|known| known.of == Refused::Access || known.of == needed) {
            if known.first.take().is_some() {
                is_taken_back = true;
                known.taken_back = known.taken_back.saturating_add(1);
            }
        }
        // Each answer takes the access back, so that the number says nothing of it.
        self.0.retain(|known| known.of != Refused::Access || known.first.is_some());
        is_taken_back
    }

    /// Whether something was refused that no answer has taken back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.iter().any(|known| known.first.is_some())
    }

    /// When the second try is that decides, if one is to come.
    #[must_use]
    pub fn second_try(&self, now: Timestamp) -> Option<Timestamp> {
        let open = self.0.iter().filter(|known| known.are_of(now)).filter_map(|known| known.first);
        open.map(|first| first.plus(SECOND_TRY)).filter(|second| *second > now).min()
    }

    /// Until when a call of this lane is not made; `None`: it may be.
    #[must_use]
    pub fn holds(&self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        let known = self.0.iter().find(|known| known.of == Refused::Access && known.last <= now)?;
        let second = known.first?.plus(SECOND_TRY);
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
    use crate::domain::ApiPart;

    const READING: Refused = Refused::Reading(ApiPart::Contacts);
    const WRITING: Refused = Refused::Writing(ApiPart::Contacts);

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
        assert!(doubt.answered(READING) && !doubt.answered(READING));
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
        assert_eq!(doubt.second_try(at(11)), Some(at(60)));
        assert_eq!(doubt.holds(Lane::Change, at(60)), None, "the second try");
        assert_eq!(doubt.second_try(at(60)), None);
    }

    #[test]
    fn b3_a_missing_privilege_holds_nothing_else_and_other_answers_say_nothing_of_it() {
        let mut doubt = Doubt::default();
        doubt.refused(WRITING, at(0));
        assert_eq!(doubt.holds(Lane::Change, at(1)), None);
        for other in [READING, Refused::Writing(ApiPart::Lists), Refused::Access] {
            assert!(!doubt.answered(other) && doubt.is_open(), "{other:?}");
        }
        assert_eq!(doubt.refused(WRITING, at(60)), Verdict::Believed);
        assert!(matches!(doubt.refused(WRITING, at(3600)), Verdict::Doubtful { is_new: true, .. }));
    }

    #[test]
    fn b3_an_answer_to_the_same_kind_of_call_takes_the_privilege_back() {
        let mut doubt = Doubt::default();
        assert_eq!(doubt.refused(READING, at(0)), Verdict::Doubtful { until: at(10), is_new: true });
        assert!(doubt.answered(READING) && !doubt.is_open());
        // The next blip begins anew.
        assert!(matches!(doubt.refused(READING, at(120)), Verdict::Doubtful { is_new: true, .. }));
        assert_eq!(doubt.refused(READING, at(180)), Verdict::Believed);
    }

    #[test]
    fn b3_a_grant_and_a_privilege_that_are_refused_in_turn_are_both_believed() {
        let mut doubt = Doubt::default();
        for second in (0..60).step_by(10) {
            assert!(matches!(doubt.refused(Refused::Access, at(second)), Verdict::Doubtful { .. }));
            assert!(matches!(doubt.refused(READING, at(second + 5)), Verdict::Doubtful { .. }));
        }
        assert_eq!(doubt.refused(Refused::Access, at(60)), Verdict::Believed);
        assert_eq!(doubt.refused(READING, at(65)), Verdict::Believed);
    }

    /// One person's write is always refused, and the others' are not: that pauses no customer, and is not tried every ten seconds for ever.
    #[test]
    fn b3_what_is_refused_again_and_again_between_answers_waits_longer_each_time() {
        let (mut doubt, mut now, mut waits) = (Doubt::default(), 0, Vec::new());
        for _ in 0..7 {
            let Verdict::Doubtful { until, .. } = doubt.refused(WRITING, at(now)) else { panic!() };
            let next = until.as_secs() - at(0).as_secs();
            waits.push(next - now);
            now = next;
            doubt.answered(WRITING);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn w8_a_clock_set_back_makes_a_refusal_the_first() {
        let mut doubt = Doubt::default();
        doubt.refused(Refused::Access, at(2 * 86_400));
        assert_eq!(doubt.holds(Lane::Change, at(0)), None);
        assert_eq!(doubt.refused(Refused::Access, at(0)), Verdict::Doubtful { until: at(10), is_new: true });
    }
}
