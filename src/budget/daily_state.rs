//! The stored count of a UTC day, and how claims change it: every change is a difference, made where the count is kept (W4).

use super::{hourly::UNLIMITED, reserve::reserve_of};
use crate::domain::Timestamp;

/// Days that are remembered beside the present one.
const DAYS_BEFORE: usize = 3;

/// What is kept on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DailyState {
    /// The UTC day, counted from the epoch.
    pub day: i64,
    /// Calls used or claimed in it.
    pub used: u64,
    /// Until when Constant Contact has refused this key (`quota_exceeded`).
    pub stopped_until: Option<Timestamp>,
    /// Counts of the days that were counted before this one, the latest first: a clock that was wrong for a while comes back to its day,
    /// and the day's count with it (W8).
    pub before: [Option<(i64, u64)>; DAYS_BEFORE],
}

/// A claim of calls, before any of them is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyClaim {
    /// The UTC day by the claimant's clock.
    pub day: i64,
    /// How many calls are wanted.
    pub calls: u64,
    /// Calls that the key has a day.
    pub limit: u64,
}

/// What a claim brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyGrant {
    /// Calls that the claimant may make.
    pub granted: u64,
    /// The count after it.
    pub state: DailyState,
}

impl DailyState {
    /// Counts a claim, as far as the day has calls left.
    pub fn claim(&mut self, claim: DailyClaim) -> DailyGrant {
        self.turn(claim.day);
        let granted = claim.calls.min(claim.limit.saturating_sub(self.used));
        self.used += granted;
        DailyGrant { granted, state: *self }
    }

    /// Takes back what was claimed for a day and is not used.
    pub fn give_back(&mut self, day: i64, calls: u64) {
        let of_before = self.before.iter_mut().flatten().find(|(before, _)| *before == day);
        let used = if day == self.day { Some(&mut self.used) } else { of_before.map(|(_, used)| used) };
        if let Some(used) = used {
            *used = used.saturating_sub(calls);
        }
    }

    /// Counts all calls of a day but the reserve for opt-outs as made: how many were is not known.
    pub fn use_up(&mut self, day: i64, limit: u64) {
        self.turn(day);
        // What practically has no limit is never used up.
        if limit < UNLIMITED {
            self.used = self.used.max(limit.saturating_sub(reserve_of(limit)));
        }
    }

    /// Goes to another day's count, which begins at nothing unless the day was counted before. Returns whether it did.
    ///
    /// A clock that is corrected by seconds around midnight may show yesterday once more; starting anew twice would
    /// under-count. A ledger from further ahead was kept under a wrong clock, and to wait for its day would stop all (W8).
    pub fn turn(&mut self, today: i64) -> bool {
        let counted = self.before.iter().flatten().find(|(day, _)| *day == today).map(|(_, used)| *used);
        let turns = today > self.day || today < self.day - 1;
        if turns {
            let (day, used) = (self.day, self.used);
            let others = self.before.into_iter().flatten().filter(|(before, _)| *before != today);
            let mut kept = std::iter::once((day, used)).filter(|(_, used)| *used > 0).chain(others);
            self.before = std::array::from_fn(|_| kept.next());
            (self.day, self.used) = (today, counted.unwrap_or(0));
        }
        turns
    }

    /// Calls that are left of a day's limit.
    #[must_use]
    pub fn left(mut self, today: i64, limit: u64) -> u64 {
        self.turn(today);
        limit.saturating_sub(self.used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn w4_a_day_of_which_nothing_is_known_has_its_reserve_left() {
        let mut state = DailyState::default();
        state.use_up(20_000, 10_000);
        assert_eq!((state.left(20_000, 10_000), state.left(20_001, 10_000)), (500, 10_000));
        state.used = 9_900;
        state.use_up(20_000, 10_000);
        assert_eq!(state.left(20_000, 10_000), 100, "what is known to be used stays so");
        let mut state = DailyState::default();
        state.use_up(20_000, UNLIMITED);
        assert_eq!(state.left(20_000, UNLIMITED), UNLIMITED);
    }

    #[test]
    fn w8_a_clock_that_was_ahead_for_a_while_comes_back_to_the_count_of_its_day() {
        let claim = |day, calls| DailyClaim { day, calls, limit: 100 };
        let mut state = DailyState::default();
        state.claim(claim(20, 60));
        // Two days ahead, over a midnight there, and back.
        assert_eq!(state.claim(claim(22, 90)).granted, 90);
        assert_eq!(state.claim(claim(23, 30)).granted, 30);
        assert_eq!(state.left(20, 100), 40);
        assert_eq!(state.claim(claim(20, 60)).granted, 40);
        state.give_back(20, 5);
        assert_eq!((state.left(20, 100), state.left(21, 100), state.left(22, 100)), (5, 100, 10));
    }

    proptest! {
        /// Two claimants with clocks up to seconds apart, in any order: the grants of a day never pass its limit.
        #[test]
        fn w4_the_grants_of_a_day_never_pass_its_limit(
            limit in 1_u64..200,
            claims in prop::collection::vec((0_i64..2, 1_u64..60, 0_u64..60), 1..60),
        ) {
            let mut state = DailyState { day: 10, ..DailyState::default() };
            let mut granted = std::collections::BTreeMap::<i64, u64>::new();
            for (ahead, calls, unused) in claims {
                let grant = state.claim(DailyClaim { day: 10 + ahead, calls, limit });
                let unused = unused.min(grant.granted);
                state.give_back(grant.state.day, unused);
                *granted.entry(grant.state.day).or_default() += grant.granted - unused;
                prop_assert_eq!(state.used, granted[&state.day]);
            }
            prop_assert!(granted.values().all(|used| *used <= limit));
        }
    }
}
