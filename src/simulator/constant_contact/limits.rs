//! The limits of an API key (reference 2), counted over all accounts that use it.

use std::collections::VecDeque;

use super::{errors::ApiError, switches::Limits};
use crate::domain::Timestamp;

/// The calls of one API key.
#[derive(Debug, Default)]
pub(super) struct Meter {
    recent: VecDeque<Timestamp>,
    day: i64,
    used_today: u32,
}

impl Meter {
    /// Counts a call, or refuses it. Refused calls count towards the day as well (GUESS: the gateway counts every call
    /// with the key); the second counts only what went through, in a sliding window, which is the stricter reading.
    pub(super) fn admit(&mut self, limits: Limits, now: Timestamp) -> Result<(), ApiError> {
        if self.day != now.utc_day() {
            self.day = now.utc_day();
            self.used_today = 0;
        }
        if self.used_today >= limits.per_day {
            return Err(ApiError::QuotaExceeded);
        }
        self.used_today += 1;
        while self.recent.front().is_some_and(|first| now.since(*first).as_millis() >= 1_000) {
            self.recent.pop_front();
        }
        if self.recent.len() >= limits.per_second as usize {
            return Err(ApiError::Throttled);
        }
        self.recent.push_back(now);
        Ok(())
    }

    /// Calls since 00:00 UTC.
    pub(super) const fn used_today(&self) -> u32 {
        self.used_today
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_a_second_and_a_quota_until_midnight() {
        let limits = Limits { per_second: 4, per_day: 7 };
        let mut meter = Meter::default();
        let at = |millis| {
            Timestamp::parse("2026-11-22T23:59:50Z").unwrap().plus(std::time::Duration::from_millis(millis))
        };
        for millis in [0, 1, 2, 3] {
            assert_eq!(meter.admit(limits, at(millis)), Ok(()));
        }
        assert_eq!(meter.admit(limits, at(999)), Err(ApiError::Throttled));
        assert_eq!(meter.admit(limits, at(1_000)), Ok(()));
        assert_eq!(meter.admit(limits, at(1_001)), Ok(()));
        assert_eq!(meter.admit(limits, at(5_000)), Err(ApiError::QuotaExceeded));
        assert_eq!(meter.admit(limits, at(10_000)), Ok(()), "the day begins anew");
    }
}
