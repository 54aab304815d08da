//! Readings that a person asked for before their time (`tandem poll`).
//!
//! A wish is kept as the time from which on it is due, and ends by itself: a reading that was done since then answers it. It only ever
//! brings a reading forward, so that a wrong clock makes one reading too many, and none too late (W8).

use std::time::Duration;

use super::Timestamp;

/// Wishes that follow one another are answered at most so often, as those of hints are (W5).
const AT_MOST_EVERY: Duration = Duration::from_secs(60);

/// From when on readings are due that a person asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The streams of Constant Contact: changes, opt-outs, lists, bounces.
    pub streams: Option<Timestamp>,
    /// The tags and fields of Virtuous.
    pub reference: Option<Timestamp>,
}

/// The next wish for a reading that was last done then. A wish that is not answered yet stays as it is.
#[must_use]
pub fn again(asked: Option<Timestamp>, done: Option<Timestamp>, now: Timestamp) -> Timestamp {
    match asked.filter(|at| *at <= now.plus(AT_MOST_EVERY)) {
        Some(at) if is_open(at, done) => at,
        Some(at) => now.max(at.plus(AT_MOST_EVERY)),
        None => now,
    }
}

/// The wish for a reading of which one is under way: that one began before the wish, and does not answer it.
#[must_use]
pub fn after_one_under_way(now: Timestamp) -> Timestamp {
    now.plus(AT_MOST_EVERY)
}

/// When a reading is due that is due by itself at `regular`.
#[must_use]
pub fn due(asked: Option<Timestamp>, done: Option<Timestamp>, regular: Timestamp) -> Timestamp {
    asked.filter(|at| is_open(*at, done)).map_or(regular, |at| at.min(regular))
}

/// Whether a reading is due by a wish.
#[must_use]
pub fn is_due(asked: Option<Timestamp>, done: Option<Timestamp>, now: Timestamp) -> bool {
    asked.is_some_and(|at| is_open(at, done) && at <= now)
}

/// Whether no reading answered the wish yet.
fn is_open(asked: Timestamp, done: Option<Timestamp>) -> bool {
    done.is_none_or(|done| done < asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w5_a_wish_brings_one_reading_forward_and_the_next_a_minute_later_at_the_soonest() {
        let at = |secs: i64| Timestamp::from_secs(1_800_000_000 + secs);
        let regular = at(3600);
        let first = again(None, Some(at(-5)), at(0));
        assert_eq!(first, at(0));
        assert_eq!(due(Some(first), Some(at(-5)), regular), at(0));
        assert_eq!(due(Some(first), None, regular), at(0));
        assert!(is_due(Some(first), Some(at(-5)), at(0)) && !is_due(Some(first), Some(at(-5)), at(-1)));
        assert!(!is_due(Some(first), Some(at(2)), at(3)) && !is_due(None, None, at(3)));
        assert_eq!(again(Some(first), Some(at(-5)), at(20)), first, "it is not answered yet");
        assert_eq!(due(Some(first), Some(at(2)), regular), regular, "it is answered");
        let second = again(Some(first), Some(at(2)), at(20));
        assert_eq!(second, at(60));
        assert_eq!(due(Some(second), Some(at(2)), regular), at(60));
        assert_eq!(again(Some(second), Some(at(61)), at(500)), at(500));
        assert_eq!(after_one_under_way(at(0)), at(60));
    }

    #[test]
    fn w8_a_wish_of_a_clock_that_was_ahead_delays_nothing() {
        let now = Timestamp::from_secs(1_800_000_000);
        let (day, regular) = (Duration::from_secs(86_400), now.plus(Duration::from_secs(60)));
        assert_eq!(due(Some(now.plus(day)), Some(now), regular), regular);
        assert_eq!(again(Some(now.plus(day)), None, now), now);
    }
}
