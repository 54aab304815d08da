//! The daily ledger of one Constant Contact key: calls of a UTC day, kept so that a kill never loses count.
//!
//! A write to disk for every call would cost more than the call. So calls are claimed in blocks: the state with a block
//! more is made durable first, and then the block is used up in memory. A kill leaves the claim, so the next start counts
//! at most one block too many, and never one call too few.

use super::reserve_of;
use crate::domain::{Lane, Timestamp};

const DAY: i64 = 86_400_000;

/// What is kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyState {
    /// The UTC day, counted from the epoch.
    pub day: i64,
    /// Calls used or claimed in it.
    pub used: u64,
    /// Until when Constant Contact has refused this key (`quota_exceeded`).
    pub stopped_until: Option<Timestamp>,
}

/// The answer to a wish for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyTake {
    /// Go.
    Granted,
    /// Make this durable, hand it to [`DailyLedger::claimed`], and ask again.
    Claim(DailyState),
    /// Not before this point.
    Wait(Timestamp, DailyWait),
}

/// Why a call has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyWait {
    /// Our own limit is used up.
    Used,
    /// What is left is for opt-outs.
    Reserved,
    /// Constant Contact said `quota_exceeded` (W4).
    Exhausted,
}

/// The ledger. After opening the store, make it with [`DailyLedger::new`] from the state that was kept.
#[derive(Debug, Clone)]
pub struct DailyLedger {
    limit: u64,
    block: u64,
    day: i64,
    used: u64,
    claimed: u64,
    stopped_until: Option<Timestamp>,
}

impl DailyLedger {
    /// A ledger of `limit` calls a day, claimed by `block` at a time, that goes on from `kept`.
    #[must_use]
    pub fn new(limit: u64, block: u64, kept: DailyState) -> Self {
        Self {
            limit: limit.max(1),
            block: block.max(1),
            day: kept.day,
            used: kept.used,
            claimed: kept.used,
            stopped_until: kept.stopped_until,
        }
    }

    /// Asks for one call.
    pub fn try_take(&mut self, lane: Lane, now: Timestamp) -> DailyTake {
        self.roll(now);
        if let Some(until) = self.stopped_until {
            return DailyTake::Wait(until, DailyWait::Exhausted);
        }
        if self.used >= self.limit {
            return DailyTake::Wait(self.day_end(), DailyWait::Used);
        }
        if lane != Lane::Consent && self.used >= self.limit - reserve_of(self.limit) {
            return DailyTake::Wait(self.day_end(), DailyWait::Reserved);
        }
        if self.used >= self.claimed {
            let used = self.used.saturating_add(self.block).min(self.limit);
            return DailyTake::Claim(DailyState { used, ..self.state() });
        }
        self.used += 1;
        DailyTake::Granted
    }

    /// A call that was granted is not made after all.
    pub fn give_back(&mut self) {
        self.used = self.used.saturating_sub(1);
    }

    /// A claim is durable now. One of another day is void: the day began anew while it was written.
    pub fn claimed(&mut self, kept: DailyState) {
        if kept.day == self.day {
            self.claimed = self.claimed.max(kept.used.min(self.limit));
        }
    }

    /// Constant Contact said `quota_exceeded`: nothing goes before the next 00:00 UTC, not even consent (W4). The midnight is
    /// the server's, by its `Date` header if there was one: with a clock that is two seconds fast, our own midnight
    /// would send the first call into the old day, and its refusal would stop the whole new one.
    ///
    /// The answer is to be made durable, so that a restart does not try again.
    #[must_use]
    pub fn quota_exceeded(&mut self, now: Timestamp, server: Option<Timestamp>) -> DailyState {
        self.roll(now);
        let there = server.unwrap_or(now);
        self.stopped_until = Some(now.plus(there.next_utc_midnight().since(there)));
        DailyState { used: self.claimed, ..self.state() }
    }

    /// The exact count, to be made durable at an orderly end, so that the next start does not count the rest of the block.
    /// What was claimed is given back, so a later call claims again.
    #[must_use]
    pub fn settle(&mut self) -> DailyState {
        self.claimed = self.used;
        self.state()
    }

    /// Calls that `lane` may still make today.
    pub fn remaining(&mut self, lane: Lane, now: Timestamp) -> u64 {
        self.roll(now);
        if self.stopped_until.is_some() {
            return 0;
        }
        let reserve = if lane == Lane::Consent { 0 } else { reserve_of(self.limit) };
        (self.limit - reserve).saturating_sub(self.used)
    }

    /// Until when Constant Contact refuses this key, if it does.
    pub fn stopped_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.roll(now);
        self.stopped_until
    }

    fn state(&self) -> DailyState {
        DailyState { day: self.day, used: self.used, stopped_until: self.stopped_until }
    }

    fn day_end(&self) -> Timestamp {
        Timestamp::from_millis((self.day + 1).saturating_mul(DAY))
    }

    fn roll(&mut self, now: Timestamp) {
        let today = now.utc_day();
        // A clock that is corrected by seconds around midnight may show yesterday once more; starting anew twice would
        // under-count. A ledger from further ahead was kept under a wrong clock, and to wait for its day would stop all.
        if today > self.day || today < self.day - 1 {
            (self.day, self.used, self.claimed) = (today, 0, 0);
        }
        // No stop lasts longer than a day and a bit: a longer one was kept under a wrong clock as well.
        let latest = now.plus(std::time::Duration::from_secs(25 * 3600));
        self.stopped_until = self.stopped_until.filter(|&until| until > now && until <= latest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// One call, with the claim made durable at once where one is needed.
    fn take(ledger: &mut DailyLedger, disk: &mut DailyState, lane: Lane, now: Timestamp) -> bool {
        loop {
            match ledger.try_take(lane, now) {
                DailyTake::Granted => return true,
                DailyTake::Claim(state) => {
                    *disk = state;
                    ledger.claimed(state);
                }
                DailyTake::Wait(until, _) => {
                    assert!(until > now);
                    return false;
                }
            }
        }
    }

    #[test]
    fn the_last_twentieth_is_for_consent() {
        let now = at("2026-11-22T10:00:00Z");
        let (mut ledger, mut disk) =
            (DailyLedger::new(100, 25, DailyState::default()), DailyState::default());
        let granted = (0..200).filter(|_| take(&mut ledger, &mut disk, Lane::Change, now)).count();
        assert_eq!(granted, 95);
        let midnight = at("2026-11-23T00:00:00Z");
        assert_eq!(ledger.try_take(Lane::Import, now), DailyTake::Wait(midnight, DailyWait::Reserved));
        assert_eq!((ledger.remaining(Lane::Change, now), ledger.remaining(Lane::Consent, now)), (0, 5));
        let granted = (0..200).filter(|_| take(&mut ledger, &mut disk, Lane::Consent, now)).count();
        assert_eq!(granted, 5);
        assert_eq!(ledger.try_take(Lane::Consent, now), DailyTake::Wait(midnight, DailyWait::Used));
        assert_eq!(disk.used, 100, "never claimed over the limit");
        assert!(take(&mut ledger, &mut disk, Lane::Verify, midnight), "the day begins anew at 00:00 UTC");
        assert_eq!(disk, DailyState { day: midnight.utc_day(), used: 25, stopped_until: None });
    }

    #[test]
    fn an_exhausted_day_stops_every_lane_until_the_servers_midnight() {
        let now = at("2026-11-22T23:00:00Z");
        let mut ledger = DailyLedger::new(100, 25, DailyState::default());
        let kept = ledger.quota_exceeded(now, None);
        let midnight = at("2026-11-23T00:00:00Z");
        assert_eq!(kept.stopped_until, Some(midnight));
        let mut again = DailyLedger::new(100, 25, kept);
        assert_eq!(again.try_take(Lane::Consent, now), DailyTake::Wait(midnight, DailyWait::Exhausted));
        assert_eq!(again.remaining(Lane::Consent, now), 0);
        assert!(matches!(again.try_take(Lane::Consent, midnight), DailyTake::Claim(_)));
        // Our clock is two seconds fast: it is a new day here, the old one there.
        let kept = again.quota_exceeded(midnight, Some(at("2026-11-22T23:59:58Z")));
        assert_eq!(kept.stopped_until, Some(at("2026-11-23T00:00:02Z")));
    }

    #[test]
    fn a_clock_that_was_wrong_stops_nothing_for_long() {
        let now = at("2026-11-22T10:00:00Z");
        let ahead = DailyState {
            day: now.utc_day() + 30,
            used: 100,
            stopped_until: Some(at("2026-12-23T00:00:00Z")),
        };
        assert_eq!(DailyLedger::new(100, 25, ahead).remaining(Lane::Consent, now), 100);
        // Around midnight the day is not begun twice.
        let next = DailyState { day: now.utc_day() + 1, used: 7, stopped_until: None };
        assert_eq!(DailyLedger::new(100, 25, next).remaining(Lane::Consent, now), 93);
    }

    #[test]
    fn a_claim_of_yesterday_is_void() {
        let mut ledger = DailyLedger::new(100, 25, DailyState::default());
        let DailyTake::Claim(claim) = ledger.try_take(Lane::Change, at("2026-11-22T23:59:59Z")) else {
            panic!()
        };
        assert!(matches!(ledger.try_take(Lane::Change, at("2026-11-23T00:00:00Z")), DailyTake::Claim(_)));
        ledger.claimed(claim);
        assert!(matches!(ledger.try_take(Lane::Change, at("2026-11-23T00:00:00Z")), DailyTake::Claim(_)));
    }

    #[test]
    fn an_orderly_end_counts_exactly() {
        let now = at("2026-11-22T10:00:00Z");
        let (mut ledger, mut disk) =
            (DailyLedger::new(100, 25, DailyState::default()), DailyState::default());
        assert!(take(&mut ledger, &mut disk, Lane::Change, now));
        assert_eq!(ledger.settle().used, 1);
        assert!(matches!(ledger.try_take(Lane::Change, now), DailyTake::Claim(DailyState { used: 26, .. })));
    }

    proptest! {
        /// Calls, kills, orderly ends and passing time in any order: what goes in a day never passes the limit, and
        /// each kill costs at most one block.
        #[test]
        fn a_kill_never_undercounts(
            limit in 1_u64..120, block in 1_u64..40,
            steps in prop::collection::vec((0_u8..12, 0_i64..7_200_000), 1..400),
        ) {
            let mut now = at("2026-11-22T10:00:00Z");
            let mut disk = DailyState::default();
            let mut ledger = DailyLedger::new(limit, block, disk);
            let (mut day, mut real, mut lost) = (now.utc_day(), 0_u64, 0_u64);
            for (what, pass) in steps {
                match what {
                    0 => {
                        now = Timestamp::from_millis(now.as_millis() + pass);
                    }
                    1 => {
                        ledger = DailyLedger::new(limit, block, disk);
                        lost += block;
                    }
                    2 => {
                        disk = ledger.settle();
                        ledger = DailyLedger::new(limit, block, disk);
                    }
                    _ => {
                        if now.utc_day() != day {
                            (day, real, lost) = (now.utc_day(), 0, 0);
                        }
                        let lane = if what < 8 { Lane::Change } else { Lane::Consent };
                        let before = real;
                        if take(&mut ledger, &mut disk, lane, now) {
                            real += 1;
                            prop_assert!(lane == Lane::Consent || before + reserve_of(limit) < limit, "the reserve is kept");
                        } else {
                            let allowed = if lane == Lane::Consent { limit } else { limit - reserve_of(limit) };
                            prop_assert!(real + lost >= allowed, "refused too early");
                        }
                        prop_assert!(real <= limit);
                        prop_assert!(disk.day != day || disk.used >= real, "the disk knows of every call");
                    }
                }
            }
        }
    }
}
