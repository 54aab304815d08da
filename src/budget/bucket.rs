//! Calls per second of one Constant Contact key.

use std::{collections::VecDeque, time::Duration};

use crate::domain::Timestamp;

const SECOND: i64 = 1000;

/// Never more than `rate` calls within any second, however the second is laid; all of them at once if need be.
///
/// A textbook token bucket of that size lets nearly twice the rate through around a full bucket, and Constant Contact
/// answers what is too much with `throttled` (W4), which costs a call. So this remembers when calls went, a number for each
/// millisecond: at most a thousand entries at any rate.
#[derive(Debug, Clone)]
pub struct PerSecond {
    rate: u64,
    calls: VecDeque<(i64, u64)>,
    within: u64,
    blocked_until: Option<Timestamp>,
}

impl PerSecond {
    /// A window of `rate` calls per second, at least 1.
    #[must_use]
    pub fn new(rate: u64) -> Self {
        Self { rate: rate.max(1), calls: VecDeque::new(), within: 0, blocked_until: None }
    }

    /// Takes one call.
    ///
    /// # Errors
    /// How long to wait before asking again.
    pub fn try_take(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.expire(now);
        if let Some(until) = self.blocked_until {
            return Err(until.since(now));
        }
        if self.within >= self.rate {
            // The oldest entry leaves first, and with it at least one place is free.
            let free = self.calls.front().map_or(now.as_millis(), |&(at, _)| at.saturating_add(SECOND));
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
    /// for a second (W4).
    pub fn throttled(&mut self, now: Timestamp) {
        self.blocked_until = Some(now.plus(Duration::from_millis(SECOND.unsigned_abs())));
    }

    fn expire(&mut self, now: Timestamp) {
        let now = now.as_millis();
        if self.calls.back().is_some_and(|&(at, _)| at > now) {
            // The wall clock was set back. When those calls went is not known any more; at worst it was just now.
            self.calls.clear();
            self.calls.push_back((now, self.within));
        }
        while let Some(&(at, calls)) = self.calls.front()
            && at.saturating_add(SECOND) <= now
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
    fn four_at_once_then_a_second_after_the_first() {
        let mut window = PerSecond::new(4);
        for at in [0, 0, 100, 200] {
            assert_eq!(window.try_take(ms(at)), Ok(()));
        }
        assert_eq!(window.try_take(ms(300)), Err(Duration::from_millis(700)));
        assert_eq!(window.try_take(ms(1000)), Ok(()));
        assert_eq!(window.try_take(ms(1000)), Ok(()));
        assert_eq!(window.try_take(ms(1000)), Err(Duration::from_millis(100)));
    }

    #[test]
    fn throttled_stops_for_a_second_and_a_clock_set_back_for_no_longer() {
        let mut window = PerSecond::new(4);
        window.throttled(ms(0));
        assert_eq!(window.try_take(ms(1)), Err(Duration::from_millis(999)));
        assert_eq!(window.try_take(ms(-3_600_000)), Ok(()));
        assert_eq!(window.try_take(ms(0)), Ok(()));
    }

    #[test]
    fn a_billion_a_second_is_no_limit_and_no_memory() {
        let mut window = PerSecond::new(1_000_000_000);
        for at in 0..100_000 {
            assert_eq!(window.try_take(ms(at / 10)), Ok(()));
        }
        assert!(window.calls.len() <= 1000);
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_in_any_second(rate in 1_u64..6, steps in prop::collection::vec(0_i64..400, 1..200)) {
            let mut window = PerSecond::new(rate);
            let (mut now, mut granted) = (0, Vec::new());
            for step in steps {
                now += step;
                match window.try_take(ms(now)) {
                    Ok(()) => granted.push(now),
                    Err(wait) => {
                        now += i64::try_from(wait.as_millis()).unwrap();
                        prop_assert_eq!(window.try_take(ms(now)), Ok(()), "the wait that it names is long enough");
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
