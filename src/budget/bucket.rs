//! Calls per second of one Constant Contact key.

use std::{collections::VecDeque, time::Duration};

use crate::domain::Timestamp;

const SECOND: i64 = 1000;
/// How much later than another one a call may arrive that left with it, until the server says more.
const MARGIN: i64 = 100;
/// The most that is believed of the way.
const MARGIN_MAX: i64 = 1000;
/// Calls without `throttled` after which the margin falls by an eighth, down to [`MARGIN`].
const CALM: u32 = 200;

/// Never more than `rate` calls within any second, however the second is laid, as the server counts them.
///
/// A textbook token bucket of that size lets nearly twice the rate through around a full bucket, and Constant Contact
/// answers what is too much with `throttled` (W4), which costs a call. So this remembers when calls went, a number for each
/// millisecond: at most two thousand entries at any rate. The way there squeezes calls together, so that a call leaves only a
/// margin later; each `throttled` doubles the margin. What is in no hurry leaves one by one, so that an opt-out finds room (W6).
#[derive(Debug, Clone)]
pub struct PerSecond {
    rate: u64,
    calls: VecDeque<(i64, u64)>,
    within: u64,
    margin: i64,
    calm: u32,
    blocked_until: Option<Timestamp>,
}

impl PerSecond {
    /// A window of `rate` calls per second, at least 1.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        let (calls, rate) = (VecDeque::new(), rate.max(1));
        Self { rate, calls, within: 0, margin: MARGIN, calm: 0, blocked_until: None }
    }

    /// Takes one call; one in a hurry does not keep its distance from the one before.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn try_take(&mut self, in_hurry: bool, now: Timestamp) -> Result<(), Duration> {
        self.expire(now);
        if let Some(until) = self.blocked_until {
            return Err(until.since(now));
        }
        // The oldest entry leaves first, and with it at least one place is free.
        let oldest = self.calls.front().filter(|_| self.within >= self.rate);
        let free = oldest.map(|&(at, _)| at.saturating_add(self.window()));
        let newest = self.calls.back().filter(|_| !in_hurry);
        let next = newest.map(|&(at, _)| at.saturating_add(self.distance()));
        if let Some(at) = free.max(next).filter(|&at| at > now.as_millis()) {
            return Err(Timestamp::from_millis(at).since(now));
        }
        match self.calls.back_mut() {
            Some((at, calls)) if *at == now.as_millis() => *calls += 1,
            _ => self.calls.push_back((now.as_millis(), 1)),
        }
        self.within += 1;
        self.calm = self.calm.saturating_add(1);
        if self.calm >= CALM {
            (self.calm, self.margin) = (0, (self.margin - self.margin / 8).max(MARGIN));
        }
        Ok(())
    }

    /// The server said `throttled` all the same: others use the key, or the way there squeezed calls together. Nothing goes
    /// for a second, and further calls leave further apart (W4).
    pub fn throttled(&mut self, now: Timestamp) {
        self.blocked_until = Some(now.plus(Duration::from_millis(SECOND.unsigned_abs())));
        (self.calm, self.margin) = (0, self.margin.saturating_mul(2).min(MARGIN_MAX));
    }

    /// Between a call and the one that takes its place.
    const fn window(&self) -> i64 {
        SECOND + self.margin
    }

    /// Between two calls that are in no hurry; none where the rate is practically without limit.
    fn distance(&self) -> i64 {
        i64::try_from(self.rate).map_or(0, |rate| self.window() / rate)
    }

    fn expire(&mut self, now: Timestamp) {
        let now = now.as_millis();
        if self.calls.back().is_some_and(|&(at, _)| at > now) {
            // The wall clock was set back. When those calls went is not known any more; at worst it was just now.
            self.calls.clear();
            self.calls.push_back((now, self.within));
        }
        while let Some(&(at, calls)) = self.calls.front()
            && at.saturating_add(self.window()) <= now
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

    fn ms(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis)
    }

    #[test]
    fn w6_what_is_in_a_hurry_goes_at_once_and_the_rest_one_by_one() {
        let mut window = PerSecond::new(4);
        assert_eq!(window.try_take(false, ms(0)), Ok(()));
        assert_eq!(window.try_take(false, ms(0)), Err(Duration::from_millis(275)));
        for at in [0, 100, 200] {
            assert_eq!(window.try_take(true, ms(at)), Ok(()), "an opt-out waits for no distance");
        }
        assert_eq!(window.try_take(true, ms(300)), Err(Duration::from_millis(800)));
        assert_eq!(window.try_take(true, ms(1100)), Ok(()));
        assert_eq!(window.try_take(false, ms(1200)), Err(Duration::from_millis(175)));
        assert_eq!(window.try_take(false, ms(1375)), Ok(()));
    }

    #[test]
    fn w4_throttled_stops_for_a_second_and_makes_more_room() {
        let mut window = PerSecond::new(4);
        window.throttled(ms(0));
        assert_eq!(window.try_take(true, ms(1)), Err(Duration::from_millis(999)));
        assert_eq!(window.try_take(true, ms(-3_600_000)), Ok(()), "a clock set back stops nothing");
        assert_eq!(window.window(), 1200);
        (0..20).for_each(|_| window.throttled(ms(0)));
        assert_eq!(window.window(), 2000);
        let mut now = 10_000;
        for _ in 0..20 * CALM {
            now += 1000;
            assert_eq!(window.try_take(true, ms(now)), Ok(()));
        }
        assert_eq!(window.window(), 1100, "no throttled for long");
    }

    #[test]
    fn a_billion_a_second_is_no_limit_and_no_memory() {
        let mut window = PerSecond::new(1_000_000_000);
        for at in 0..100_000 {
            assert_eq!(window.try_take(false, ms(at / 10)), Ok(()));
        }
        assert!(window.calls.len() <= 2000);
    }

    proptest! {
        /// Whatever the way does within the margin, the server counts at most the rate in any second (W4).
        #[test]
        fn w4_never_more_than_the_rate_arrives_in_any_second(
            rate in 1_u64..6,
            steps in prop::collection::vec((0_i64..400, any::<bool>(), 0..MARGIN), 1..200),
        ) {
            let mut window = PerSecond::new(rate);
            let (mut now, mut arrived) = (0, Vec::new());
            for (step, in_hurry, way) in steps {
                now += step;
                if let Err(wait) = window.try_take(in_hurry, ms(now)) {
                    now += i64::try_from(wait.as_millis()).unwrap();
                    prop_assert_eq!(window.try_take(in_hurry, ms(now)), Ok(()), "the wait that it names is long enough");
                }
                arrived.push(now + way);
            }
            for &start in &arrived {
                let within = arrived.iter().filter(|&&at| (start..start + 1000).contains(&at)).count();
                prop_assert!(within as u64 <= rate);
            }
        }
    }
}
