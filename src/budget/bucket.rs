//! Calls per second of one Constant Contact key.

use std::{collections::VecDeque, time::Duration};

use super::way::Way;
use crate::domain::{Lane, Timestamp};

const SECOND: i64 = 1000;
/// Rates from which on ordinary calls are not spread: their gaps would be shorter than any way.
const SPREAD_BELOW: u64 = 50;

/// Never more than `rate` calls within any second at the other side, however the second is laid.
///
/// A textbook token bucket of that size lets nearly twice the rate through around a full bucket, and Constant Contact
/// answers what is too much with `throttled` (W4), which costs a call. So this remembers when calls went, a number for each
/// millisecond: at most a few thousand entries at any rate. Calls that leave a second apart may arrive closer together: the second here is
/// longer by what the way was seen to vary. An opt-out goes as soon as there is room; what is in no hurry is spread over the second, so
/// that there is.
#[derive(Debug, Clone)]
pub struct PerSecond {
    rate: u64,
    calls: VecDeque<(i64, u64)>,
    within: u64,
    blocked_until: Option<Timestamp>,
    way: Way,
}

impl PerSecond {
    /// A window of `rate` calls per second, at least 1.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        Self {
            rate: rate.max(1),
            calls: VecDeque::new(),
            within: 0,
            blocked_until: None,
            way: Way::default(),
        }
    }

    /// Takes one call of a lane.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn try_take(&mut self, lane: Lane, now: Timestamp) -> Result<(), Duration> {
        self.expire(now);
        if let Some(until) = self.blocked_until {
            return Err(until.since(now));
        }
        let free = if self.within >= self.rate {
            // The oldest entry leaves first, and with it at least one place is free.
            self.calls.front().map(|&(at, _)| at.saturating_add(self.span()))
        } else {
            let spread = lane != Lane::Consent && self.rate < SPREAD_BELOW;
            self.calls.back().filter(|_| spread).map(|&(at, _)| at.saturating_add(self.gap()))
        };
        if let Some(free) = free.filter(|free| *free > now.as_millis() || self.within >= self.rate) {
            return Err(Timestamp::from_millis(free).since(now).max(Duration::from_millis(1)));
        }
        match self.calls.back_mut() {
            Some((at, calls)) if *at == now.as_millis() => *calls += 1,
            _ => self.calls.push_back((now.as_millis(), 1)),
        }
        self.within += 1;
        Ok(())
    }

    /// The server said `throttled` all the same: others use the key, or the way there squeezed calls together. Nothing goes
    /// for a second (W4), and more room is left from now on.
    pub fn throttled(&mut self, now: Timestamp) {
        self.way.throttled();
        self.blocked_until = Some(now.plus(Duration::from_millis(SECOND.unsigned_abs())));
    }

    /// An answer came after so long: what the way varies by.
    pub fn answered(&mut self, after: Duration) {
        self.way.answered(after);
    }

    /// A second at the other side, as it is to be kept here.
    fn span(&self) -> i64 {
        SECOND.saturating_add(self.way.margin())
    }

    /// The time between two calls that are in no hurry.
    fn gap(&self) -> i64 {
        let rate = i64::try_from(self.rate).unwrap_or(i64::MAX);
        self.span().saturating_add(rate - 1) / rate
    }

    fn expire(&mut self, now: Timestamp) {
        let (span, now) = (self.span(), now.as_millis());
        if self.calls.back().is_some_and(|&(at, _)| at > now) {
            // The wall clock was set back. When those calls went is not known any more; at worst it was just now.
            self.calls.clear();
            self.calls.push_back((now, self.within));
        }
        while let Some(&(at, calls)) = self.calls.front()
            && at.saturating_add(span) <= now
        {
            self.calls.pop_front();
            self.within -= calls;
        }
        self.blocked_until = self
            .blocked_until
            .filter(|until| until.as_millis() > now && until.as_millis() <= now.saturating_add(SECOND));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONSENT: Lane = Lane::Consent;

    fn ms(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis)
    }

    #[test]
    fn w4_opt_outs_go_four_at_once_then_a_second_and_the_way_after_the_first() {
        let mut window = PerSecond::new(4);
        for at in [0, 0, 100, 200] {
            assert_eq!(window.try_take(CONSENT, ms(at)), Ok(()));
        }
        assert_eq!(window.try_take(CONSENT, ms(300)), Err(Duration::from_millis(800)));
        assert_eq!(window.try_take(CONSENT, ms(1100)), Ok(()));
        assert_eq!(window.try_take(CONSENT, ms(1100)), Ok(()));
        assert_eq!(window.try_take(CONSENT, ms(1100)), Err(Duration::from_millis(100)));
    }

    #[test]
    fn w4_what_is_in_no_hurry_is_spread_and_leaves_room_for_an_opt_out() {
        let mut window = PerSecond::new(4);
        assert_eq!(window.try_take(Lane::Change, ms(0)), Ok(()));
        assert_eq!(window.try_take(Lane::Change, ms(0)), Err(Duration::from_millis(275)));
        assert_eq!(window.try_take(CONSENT, ms(0)), Ok(()), "an opt-out waits for no gap");
        assert_eq!(window.try_take(Lane::Change, ms(275)), Ok(()));
        let mut fast = PerSecond::new(1_000);
        assert!((0..1_000).all(|_| fast.try_take(Lane::Import, ms(0)).is_ok()), "a high limit has no gaps");
    }

    /// 4 calls a second were 4 at once, then 4 more after exactly a second: 6 of 60 were throttled.
    #[test]
    fn w4_calls_that_the_way_squeezes_together_are_no_more_than_the_rate_where_they_arrive() {
        let mut window = PerSecond::new(4);
        let (mut now, mut arrived) = (0, Vec::new());
        for call in 0..400_i64 {
            let lane = if call % 5 == 0 { CONSENT } else { Lane::Change };
            while let Err(wait) = window.try_take(lane, ms(now)) {
                now += i64::try_from(wait.as_millis()).unwrap();
            }
            let way = 20 + (call * 7919) % 160;
            arrived.push(now + way);
            window.answered(Duration::from_millis((2 * way).unsigned_abs()));
        }
        arrived.sort_unstable();
        let most = |from: usize| {
            let starts = arrived[from..].iter();
            let within = |start: i64| arrived.iter().filter(|at| (start..start + 1000).contains(*at)).count();
            starts.map(|start| within(*start)).max().unwrap()
        };
        // The first answers tell how much the way varies.
        assert!(most(40) <= 4, "{} within a second", most(40));
        assert!(arrived[399] < 150_000, "{} ms for 400 calls", arrived[399]);
    }

    #[test]
    fn throttled_stops_for_a_second_and_a_clock_set_back_for_no_longer() {
        let mut window = PerSecond::new(4);
        window.throttled(ms(0));
        assert_eq!(window.try_take(CONSENT, ms(1)), Err(Duration::from_millis(999)));
        assert_eq!(window.try_take(CONSENT, ms(-3_600_000)), Ok(()));
        assert_eq!(window.try_take(CONSENT, ms(0)), Ok(()));
    }

    #[test]
    fn a_billion_a_second_is_no_limit_and_no_memory() {
        let mut window = PerSecond::new(1_000_000_000);
        for at in 0..100_000 {
            assert_eq!(window.try_take(CONSENT, ms(at / 10)), Ok(()));
        }
        assert!(window.calls.len() <= 2000);
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_in_any_second(rate in 1_u64..6, steps in prop::collection::vec(0_i64..400, 1..200)) {
            let mut window = PerSecond::new(rate);
            let (mut now, mut granted) = (0, Vec::new());
            for step in steps {
                now += step;
                match window.try_take(CONSENT, ms(now)) {
                    Ok(()) => granted.push(now),
                    Err(wait) => {
                        now += i64::try_from(wait.as_millis()).unwrap();
                        prop_assert_eq!(window.try_take(CONSENT, ms(now)), Ok(()), "the wait that it names is long enough");
                        granted.push(now);
                    }
                }
            }
            for &start in &granted {
                let within = granted.iter().filter(|&&at| (start..start + 1000).contains(&at)).count();
                prop_assert!(within as u64 <= rate);
            }
        }
    }
}
