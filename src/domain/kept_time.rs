//! What a kept time means if the clock that made it was wrong (W8). Every time that is kept by Tandem's own clock is read through these.
//!
//! A clock that was ahead leaves times to come behind: nothing was done at such a time, nothing has been so since then, and no wait is
//! longer than the longest of its kind. A clock that was behind leaves times too early: what they stand for is done again, or goes on sooner.

use std::time::Duration;

use super::{Lane, Timestamp};

/// Clocks of two machines differ by as much without either being wrong.
pub const SLACK: Duration = Duration::from_secs(300);

/// Since when something is so: since now, if a clock that was ahead says later.
#[must_use]
pub fn since(at: Timestamp, now: Timestamp) -> Timestamp {
    if is_to_come(at, now) { now } else { at }
}

/// Whether only a wrong clock can have made this the time of something that was.
#[must_use]
pub fn is_to_come(at: Timestamp, now: Timestamp) -> bool {
    at > now.plus(SLACK)
}

/// When something was last done; `None` for a time to come: as if it never was.
#[must_use]
pub fn done(at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    at.filter(|at| *at <= now)
}

/// When something is due that waits for `longest` at most: further ahead, it is due now.
#[must_use]
pub fn due(at: Timestamp, longest: Duration, now: Timestamp) -> Timestamp {
    if at > now.plus(longest) { now } else { at }
}

/// Until when something waits that waits for `longest` at most; `None` if it may go.
#[must_use]
pub fn waits(until: Timestamp, longest: Duration, now: Timestamp) -> Option<Timestamp> {
    (until > now && until <= now.plus(longest)).then_some(until)
}

/// Whether something that lasts so long from a time on lasts still.
#[must_use]
pub fn lasts(from: Timestamp, length: Duration, now: Timestamp) -> bool {
    from <= now.plus(SLACK) && now < from.plus(length)
}

/// The longest wait of a lane's work. What has to wait longer is looked at in between, and put off again: an opt-out is tried every hour
/// however long a limit lasts (P1), other work once a day (E3, V1).
#[must_use]
pub const fn longest_wait(lane: Lane) -> Duration {
    const HOUR: u64 = 3600;
    match lane {
        Lane::Consent => Duration::from_secs(HOUR + HOUR / 5),
        Lane::Change | Lane::Import | Lane::Verify => Duration::from_secs(25 * HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w8_a_time_of_a_clock_that_was_ahead_is_now_and_a_wait_no_longer_than_the_longest() {
        let (now, hour) = (Timestamp::from_secs(1_800_000_000), Duration::from_secs(3600));
        let (before, ahead) = (now.minus(hour), now.plus(48 * hour));
        assert_eq!((since(before, now), since(ahead, now)), (before, now));
        assert_eq!(since(now.plus(SLACK), now), now.plus(SLACK), "clocks differ a little");
        assert_eq!((done(Some(before), now), done(Some(ahead), now)), (Some(before), None));
        assert_eq!((due(now.plus(hour), hour, now), due(ahead, hour, now)), (now.plus(hour), now));
        assert_eq!((waits(now.plus(hour), hour, now), waits(ahead, hour, now)), (Some(now.plus(hour)), None));
        assert_eq!(waits(now, hour, now), None);
        assert!(lasts(now, hour, now) && !lasts(before, hour, now) && !lasts(ahead, hour, now));
    }
}
