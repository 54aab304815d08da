//! When a 404 on a known contact counts as a deletion (D1).

use std::time::Duration;

use crate::domain::Timestamp;

/// How long after the first 404 a second one counts (D1): long enough for a passing disturbance, short enough that a deleted
/// contact is soon left alone. What a wave of them would do waits at the brake (B1).
pub const SECOND_LOOK_AFTER: Duration = Duration::from_secs(120);

/// What a 404 says of a known contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// It is the first one: to be kept, and looked at again at this time.
    First(Timestamp),
    /// The second one is not due before this time.
    TooEarly(Timestamp),
    /// It is the second one: the contact is gone.
    Second,
}

/// Judges a 404 by the time of the first 404, if there was one.
#[must_use]
pub fn judge(first: Option<Timestamp>, now: Timestamp) -> NotFound {
    // A first look in the future was noted by a clock that has been set back since.
    let Some(first) = first.filter(|first| *first <= now) else {
        return NotFound::First(now.plus(SECOND_LOOK_AFTER));
    };
    let second = first.plus(SECOND_LOOK_AFTER);
    if now < second { NotFound::TooEarly(second) } else { NotFound::Second }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000 + secs)
    }

    #[test]
    fn d1_the_second_404_counts_after_the_wait_only() {
        assert_eq!(judge(None, at(0)), NotFound::First(at(120)));
        assert_eq!(judge(Some(at(0)), at(119)), NotFound::TooEarly(at(120)));
        assert_eq!(judge(Some(at(0)), at(120)), NotFound::Second);
        assert_eq!(judge(Some(at(500)), at(0)), NotFound::First(at(120)), "the clock was set back");
    }
}
