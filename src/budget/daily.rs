//! The daily ledger of one Constant Contact key: calls of a UTC day, kept so that a kill never loses count.
//!
//! A write to disk for every call would cost more than the call. So calls are claimed in blocks: a block is added to the
//! stored count first, and then used up in memory. A kill leaves the claim, so the next start counts
//! at most one block too many, and never one call too few. Other claimants may share the stored count.

use super::{DailyClaim, DailyGrant, DailyState, reserve::reserve_of};
use crate::domain::{Lane, Timestamp, kept_time};

const DAY: i64 = 86_400_000;
/// The longest stop: the rest of a day, and a clock that is a little wrong.
const STOP_MAX: std::time::Duration = std::time::Duration::from_secs(25 * 3600);

/// The answer to a wish for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DailyTake {
    /// Go.
    Granted,
    /// Make this durable, hand what was granted to [`DailyLedger::claimed`], and ask again.
    Claim(DailyClaim),
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

/// The ledger of one claimant. After opening the store, make it with [`DailyLedger::new`] from the state that was kept.
#[derive(Debug, Clone)]
pub struct DailyLedger {
    limit: u64,
    block: u64,
    /// The stored count, as far as this claimant knows.
    known: DailyState,
    /// Calls of the stored count that were granted to this claimant and are not made yet.
    free: u64,
}

impl DailyLedger {
    /// A ledger of `limit` calls a day, claimed by `block` at a time, that goes on from `kept`.
    #[must_use]
    pub fn new(limit: u64, block: u64, kept: DailyState) -> Self {
        Self { limit: limit.max(1), block: block.max(1), known: kept, free: 0 }
    }

    /// Asks for one call.
    pub fn try_take(&mut self, lane: Lane, now: Timestamp) -> DailyTake {
        self.roll(now);
        if let Some(until) = self.known.stopped_until {
            return DailyTake::Wait(until, DailyWait::Exhausted);
        }
        if self.used() >= self.limit {
            return DailyTake::Wait(self.day_end(), DailyWait::Used);
        }
        if lane != Lane::Consent && self.used() >= self.limit - reserve_of(self.limit) {
            return DailyTake::Wait(self.day_end(), DailyWait::Reserved);
        }
        if self.free == 0 {
            let calls = self.block.min(self.limit - self.used());
            return DailyTake::Claim(DailyClaim { day: self.known.day, calls, limit: self.limit });
        }
        self.free -= 1;
        DailyTake::Granted
    }

    /// A call that was granted is not made after all.
    pub fn give_back(&mut self) {
        self.free += 1;
    }

    /// A claim is durable now. A claim of another day is void: the day began anew while it was written. A claim that was
    /// counted into the next day was made by a clock that is behind: the count of that day goes on here (W4).
    pub fn claimed(&mut self, grant: DailyGrant) {
        let day = grant.state.day;
        if day == self.known.day + 1 {
            self.free = 0;
        } else if day != self.known.day {
            return;
        }
        self.free += grant.granted;
        self.known = DailyState {
            // The refusal that this claimant heard itself is the surest.
            stopped_until: self.known.stopped_until.or(grant.state.stopped_until),
            ..grant.state
        };
    }

    /// Constant Contact said `quota_exceeded`: nothing goes before the next 00:00 UTC, not even consent (W4). The midnight is
    /// the server's, by its `Date` header if there was one: with a clock that is two seconds fast, our own midnight
    /// would send the first call into the old day, and its refusal would stop the whole new one.
    ///
    /// Returns until when; it is to be made durable, so that a restart does not try again.
    #[must_use]
    pub fn quota_exceeded(&mut self, now: Timestamp, server: Option<Timestamp>) -> Timestamp {
        self.roll(now);
        let there = server.unwrap_or(now);
        let until = now.plus(there.next_utc_midnight().since(there));
        self.known.stopped_until = Some(until);
        until
    }

    /// The day and the calls that were claimed for it and are not made, to be given back at an orderly end, so that the next
    /// start does not count them. A later call claims again.
    #[must_use]
    pub fn settle(&mut self) -> (i64, u64) {
        let unspent = std::mem::take(&mut self.free);
        self.known.give_back(self.known.day, unspent);
        (self.known.day, unspent)
    }

    /// Calls that `lane` may still make today.
    pub fn remaining(&mut self, lane: Lane, now: Timestamp) -> u64 {
        self.roll(now);
        if self.known.stopped_until.is_some() {
            return 0;
        }
        let reserve = if lane == Lane::Consent { 0 } else { reserve_of(self.limit) };
        (self.limit - reserve).saturating_sub(self.used())
    }

    /// Until when Constant Contact refuses this key, if it does.
    pub fn stopped_until(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.roll(now);
        self.known.stopped_until
    }

    /// Calls made, by this claimant, or claimed by others.
    const fn used(&self) -> u64 {
        self.known.used.saturating_sub(self.free)
    }

    fn day_end(&self) -> Timestamp {
        Timestamp::from_millis((self.known.day + 1).saturating_mul(DAY))
    }

    fn roll(&mut self, now: Timestamp) {
        if self.known.turn(now.utc_day()) {
            self.free = 0;
        }
        // No stop lasts longer than a day and a bit: a longer one was kept under a wrong clock as well.
        let waits = |until| kept_time::waits(until, STOP_MAX, now);
        self.known.stopped_until = self.known.stopped_until.and_then(waits);
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
                DailyTake::Claim(claim) => ledger.claimed(disk.claim(claim)),
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
        assert_eq!((disk.day, disk.used, disk.stopped_until), (midnight.utc_day(), 25, None));
    }

    #[test]
    fn an_exhausted_day_stops_every_lane_until_the_servers_midnight() {
        let now = at("2026-11-22T23:00:00Z");
        let mut ledger = DailyLedger::new(100, 25, DailyState::default());
        let until = ledger.quota_exceeded(now, None);
        let midnight = at("2026-11-23T00:00:00Z");
        assert_eq!(until, midnight);
        let kept = DailyState { stopped_until: Some(until), ..DailyState::default() };
        let mut again = DailyLedger::new(100, 25, kept);
        assert_eq!(again.try_take(Lane::Consent, now), DailyTake::Wait(midnight, DailyWait::Exhausted));
        assert_eq!(again.remaining(Lane::Consent, now), 0);
        assert!(matches!(again.try_take(Lane::Consent, midnight), DailyTake::Claim(_)));
        // Our clock is two seconds fast: it is a new day here, the old one there.
        let until = again.quota_exceeded(midnight, Some(at("2026-11-22T23:59:58Z")));
        assert_eq!(until, at("2026-11-23T00:00:02Z"));
    }

    #[test]
    fn a_clock_that_was_wrong_stops_nothing_for_long() {
        let now = at("2026-11-22T10:00:00Z");
        let ahead = DailyState {
            day: now.utc_day() + 30,
            used: 100,
            stopped_until: Some(at("2026-12-23T00:00:00Z")),
            ..DailyState::default()
        };
        assert_eq!(DailyLedger::new(100, 25, ahead).remaining(Lane::Consent, now), 100);
        // Around midnight the day is not begun twice.
        let next =
            DailyState { day: now.utc_day() + 1, used: 7, stopped_until: None, ..DailyState::default() };
        assert_eq!(DailyLedger::new(100, 25, next).remaining(Lane::Consent, now), 93);
    }

    #[test]
    fn a_claim_of_yesterday_is_void() {
        let mut ledger = DailyLedger::new(100, 25, DailyState::default());
        let DailyTake::Claim(claim) = ledger.try_take(Lane::Change, at("2026-11-22T23:59:59Z")) else {
            panic!()
        };
        assert!(matches!(ledger.try_take(Lane::Change, at("2026-11-23T00:00:00Z")), DailyTake::Claim(_)));
        ledger.claimed(DailyState::default().claim(claim));
        assert!(matches!(ledger.try_take(Lane::Change, at("2026-11-23T00:00:00Z")), DailyTake::Claim(_)));
    }

    #[test]
    fn an_orderly_end_counts_exactly() {
        let now = at("2026-11-22T10:00:00Z");
        let (mut ledger, mut disk) =
            (DailyLedger::new(100, 25, DailyState::default()), DailyState::default());
        assert!(take(&mut ledger, &mut disk, Lane::Change, now));
        let (day, unspent) = ledger.settle();
        disk.give_back(day, unspent);
        assert_eq!((unspent, disk.used), (24, 1));
        assert!(take(&mut ledger, &mut disk, Lane::Change, now), "a later call claims again");
        assert_eq!(disk.used, 26);
    }

    #[test]
    fn w4_another_claimant_of_the_key_counts() {
        let now = at("2026-11-22T10:00:00Z");
        let mut disk = DailyState::default();
        let mut one = DailyLedger::new(100, 25, disk);
        let mut other = DailyLedger::new(100, 25, disk);
        let count = |ledger: &mut DailyLedger, disk: &mut DailyState, calls: u64| {
            (0..calls).filter(|_| take(ledger, disk, Lane::Consent, now)).count()
        };
        assert_eq!(count(&mut one, &mut disk, 60), 60);
        assert_eq!(count(&mut other, &mut disk, 60), 25, "75 were claimed by the first");
        assert_eq!((count(&mut one, &mut disk, 60), disk.used), (15, 100));
        assert_eq!(one.try_take(Lane::Consent, now), other.try_take(Lane::Consent, now));
    }

    #[test]
    fn w4_a_claim_counted_into_the_next_day_goes_on_there() {
        let (before, midnight) = (at("2026-11-22T23:59:59Z"), at("2026-11-23T00:00:00Z"));
        let mut disk =
            DailyState { day: midnight.utc_day(), used: 90, stopped_until: None, ..DailyState::default() };
        let mut behind = DailyLedger::new(100, 25, DailyState::default());
        let granted = (0..60).filter(|_| take(&mut behind, &mut disk, Lane::Consent, before)).count();
        assert_eq!((granted, disk.used), (10, 100));
        assert_eq!(behind.remaining(Lane::Consent, midnight), 0, "it is the same day at midnight");
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
                        let (day, unspent) = ledger.settle();
                        disk.give_back(day, unspent);
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
