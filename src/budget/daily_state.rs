//! The stored count of a UTC day, and how claims change it: every change is a difference, made where the count is kept (W4).

use crate::domain::Timestamp;

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

    /// Takes back what was claimed for a day and is not used. Calls of a day that is over change nothing.
    pub fn give_back(&mut self, day: i64, calls: u64) {
        if day == self.day {
            self.used = self.used.saturating_sub(calls);
        }
    }

    /// Begins the count anew on another day. Returns whether it did.
    ///
    /// A clock that is corrected by seconds around midnight may show yesterday once more; starting anew twice would
    /// under-count. A ledger from further ahead was kept under a wrong clock, and to wait for its day would stop all.
    pub fn turn(&mut self, today: i64) -> bool {
        let turns = today > self.day || today < self.day - 1;
        if turns {
            (self.day, self.used) = (today, 0);
        }
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
