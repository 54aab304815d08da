//! Calls within the last hour, counted by the minute.

use std::collections::VecDeque;

use crate::domain::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR_MINUTES: i64 = 60;

/// A rolling hour in at most 61 small entries. An entry leaves an hour after the end of its minute, so the count is never
/// too low, and up to a minute's calls too high.
#[derive(Debug, Clone, Default)]
pub(super) struct HourWindow {
    minutes: VecDeque<(i64, u64)>,
    within: u64,
}

impl HourWindow {
    /// Calls of the last hour.
    pub(super) fn count(&mut self, now: Timestamp) -> u64 {
        self.expire(now);
        self.within
    }

    /// Counts one call.
    pub(super) fn add(&mut self, now: Timestamp) {
        self.expire(now);
        let minute = minute_of(now);
        match self.minutes.back_mut() {
            Some((at, calls)) if *at == minute => *calls += 1,
            _ => self.minutes.push_back((minute, 1)),
        }
        self.within += 1;
    }

    /// Takes back the newest call, if there is one.
    pub(super) fn take_back(&mut self, now: Timestamp) {
        self.expire(now);
        if let Some((_, calls)) = self.minutes.back_mut() {
            *calls -= 1;
            self.within -= 1;
            if *calls == 0 {
                self.minutes.pop_back();
            }
        }
    }

    /// When the count will have fallen to `target`, if nothing is added.
    pub(super) fn falls_to(&mut self, target: u64, now: Timestamp) -> Timestamp {
        self.expire(now);
        let mut left = self.within;
        let mut at = now;
        for &(minute, calls) in &self.minutes {
            if left <= target {
                break;
            }
            left -= calls;
            at = Timestamp::from_millis(leaves_at(minute));
        }
        at
    }

    fn expire(&mut self, now: Timestamp) {
        let minute = minute_of(now);
        if self.minutes.back().is_some_and(|&(at, _)| at > minute) {
            // The wall clock was set back; at worst those calls went just now.
            self.minutes.clear();
            self.minutes.push_back((minute, self.within));
        }
        while let Some(&(at, calls)) = self.minutes.front()
            && leaves_at(at) <= now.as_millis()
        {
            self.minutes.pop_front();
            self.within -= calls;
        }
    }
}

const fn minute_of(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(MINUTE)
}

const fn leaves_at(minute: i64) -> i64 {
    (minute + 1 + HOUR_MINUTES).saturating_mul(MINUTE)
}
