//! When hints and events that wait to be followed are due, and how long each is put off (B3).

use std::time::Duration;

use crate::domain::{Timestamp, kept_time};

/// The first wait after a failed attempt.
const WAIT: Duration = Duration::from_secs(5);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// The time of receipt of a hint or event, always later than the one whose place it takes: what answers the earlier one must not
/// answer the later one, even within one millisecond or after the clock was set back (W5, V1).
#[must_use]
pub fn received_at(now: Timestamp, before: Option<Timestamp>) -> Timestamp {
    before.map_or(now, |before| now.max(Timestamp::from_millis(before.as_millis().saturating_add(1))))
}

/// When a hint or event is tried again: it waits as long as it is old (B3).
#[must_use]
pub fn put_off(now: Timestamp, received_at: Timestamp) -> Timestamp {
    now.plus(now.since(received_at).clamp(WAIT, WAIT_MAX))
}

/// Whether a hint or event is still to wait. A due time beyond the longest wait was set by a clock that has been set back since.
#[must_use]
pub fn waits(now: Timestamp, due: Timestamp) -> bool {
    kept_time::waits(due, WAIT_MAX, now).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    #[test]
    fn w5_the_later_of_two_is_told_apart_even_by_a_clock_that_was_set_back() {
        assert_eq!(received_at(at(5), None), at(5));
        assert!(received_at(at(5), Some(at(5))) > at(5));
        assert!(received_at(at(1), Some(at(5))) > at(5));
    }

    #[test]
    fn b3_the_wait_grows_with_the_age_between_its_bounds() {
        assert_eq!(put_off(at(0), at(0)), at(5));
        assert_eq!(put_off(at(40), at(0)), at(80));
        assert_eq!(put_off(at(90_000), at(0)), at(93_600));
    }

    #[test]
    fn b3_a_due_time_of_a_wrong_clock_does_not_hold_it_back() {
        assert!(waits(at(0), at(5)));
        assert!(!waits(at(5), at(5)));
        assert!(!waits(at(0), at(86_400)));
    }
}
