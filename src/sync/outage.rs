//! An outage of a host: no connection to it can be made. What is known of it is known to all customers at once, so that one call
//! at a time tries it, and the others wait (E4).

use std::{collections::BTreeSet, time::Duration};

use crate::domain::{CustomerId, Timestamp};

/// The first wait between two tries of the host, doubled each time.
const STEP: Duration = Duration::from_secs(5);
/// The longest.
const STEP_MAX: Duration = Duration::from_secs(30);
/// A shorter outage is not told of.
const TOLD_AFTER: Duration = Duration::from_secs(15);
/// Customers come back one after the other: so far apart, and within [`STEP_MAX`].
const APART: Duration = Duration::from_millis(20);

/// What is known of a host; no outage, as a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outage(Option<Out>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Out {
    since: Timestamp,
    tried: Timestamp,
    tries: u32,
    is_told: bool,
    waiting: BTreeSet<CustomerId>,
}

impl Out {
    fn next(&self) -> Timestamp {
        self.tried.plus(STEP.saturating_mul(1 << self.tries.min(8)).min(STEP_MAX))
    }

    /// When a customer comes again: after the next try, and not all at once.
    fn comes_again(&self, customer: &CustomerId) -> Timestamp {
        let spread =
            APART.saturating_mul(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX)).min(STEP_MAX);
        let place = xxhash_rust::xxh3::xxh3_64(customer.as_str().as_bytes()) % 1000;
        self.next().plus(spread.mul_f64(place as f64 / 1000.0))
    }
}

/// How an outage stands or stood, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Since when.
    pub since: Timestamp,
    /// How many customers wait or waited.
    pub waiting: usize,
}

impl Outage {
    /// No connection was made for this customer. Gives what is to be told: once an outage, when it has lasted.
    pub fn unreachable(&mut self, customer: &CustomerId, now: Timestamp) -> Option<Told> {
        let begun = Out { since: now, tried: now, tries: 0, is_told: false, waiting: BTreeSet::new() };
        let out = self.0.get_or_insert(begun);
        out.waiting.insert(customer.clone());
        if out.is_told || now.since(out.since) < TOLD_AFTER {
            return None;
        }
        out.is_told = true;
        Some(Told { since: out.since, waiting: out.waiting.len() })
    }

    /// A connection was made. Gives what is to be told of the outage that this ends, if it was told of.
    pub fn answered(&mut self) -> Option<Told> {
        let out = self.0.take()?;
        out.is_told.then_some(Told { since: out.since, waiting: out.waiting.len() })
    }

    /// Until when no call of this customer is made; `None`: it may be, and where there is an outage it is the next try.
    pub fn holds(&mut self, customer: &CustomerId, now: Timestamp) -> Option<Timestamp> {
        let out = self.0.as_mut()?;
        // A time to come is a wrong clock's (W8).
        if out.tried > now || out.next() <= now {
            (out.tried, out.tries) = (now, out.tries.saturating_add(1));
            out.since = out.since.min(now);
            return None;
        }
        out.waiting.insert(customer.clone());
        Some(out.comes_again(customer))
    }

    /// When a customer that waits comes again; `None` if it does not wait.
    #[must_use]
    pub fn waits(&self, customer: &CustomerId) -> Option<Timestamp> {
        let out = self.0.as_ref()?;
        out.waiting.contains(customer).then(|| out.comes_again(customer))
    }

    /// Whether the host cannot be reached.
    #[must_use]
    pub const fn is_out(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000).plus(Duration::from_secs(seconds))
    }

    fn customer(number: usize) -> CustomerId {
        format!("c{number}").parse().unwrap()
    }

    #[test]
    fn e4_one_call_at_a_time_tries_the_host_and_the_others_wait() {
        let mut outage = Outage::default();
        assert_eq!(outage.holds(&customer(0), at(0)), None);
        outage.unreachable(&customer(0), at(0));
        let held = outage.holds(&customer(1), at(1)).unwrap();
        assert!(held >= at(5) && held <= at(6), "{held}");
        let mut tries = 0;
        for second in 1..=600 {
            for number in 0..50 {
                if outage.holds(&customer(number), at(second)).is_none() {
                    tries += 1;
                    outage.unreachable(&customer(number), at(second));
                }
            }
        }
        assert!((20..=25).contains(&tries), "{tries} tries in ten minutes");
        assert_eq!(outage.answered().unwrap().waiting, 50);
        assert_eq!((outage.holds(&customer(1), at(601)), outage.is_out()), (None, false));
    }

    #[test]
    fn e4_an_outage_is_told_once_and_its_end_once_and_a_short_one_not_at_all() {
        let mut outage = Outage::default();
        assert_eq!(outage.unreachable(&customer(0), at(0)), None);
        assert_eq!(outage.unreachable(&customer(1), at(5)), None);
        assert_eq!(outage.answered(), None, "it was short");
        assert_eq!(outage.unreachable(&customer(0), at(10)), None);
        let told = Told { since: at(10), waiting: 2 };
        assert_eq!(outage.unreachable(&customer(1), at(25)), Some(told));
        assert_eq!(outage.unreachable(&customer(2), at(60)), None);
        assert_eq!(outage.answered(), Some(Told { waiting: 3, ..told }));
        assert_eq!(outage.answered(), None);
    }

    #[test]
    fn e4_many_customers_come_back_one_after_the_other() {
        let mut outage = Outage::default();
        let comes = |outage: &Outage, number| outage.waits(&customer(number)).unwrap();
        for number in 0..1_000 {
            assert_eq!(outage.unreachable(&customer(number), at(0)), None);
        }
        let first = (0..1_000).map(|number| comes(&outage, number)).min().unwrap();
        let last = (0..1_000).map(|number| comes(&outage, number)).max().unwrap();
        assert!(first >= at(5) && last <= at(5).plus(STEP_MAX), "{first} {last}");
        assert!(last.since(first) > Duration::from_secs(15), "{first} {last}");
        assert_eq!(outage.waits(&"other".parse().unwrap()), None);
    }

    #[test]
    fn w8_a_clock_set_back_tries_at_once() {
        let mut outage = Outage::default();
        outage.unreachable(&customer(0), at(2 * 86_400));
        assert_eq!(outage.holds(&customer(0), at(0)), None);
        assert!(outage.holds(&customer(0), at(1)).unwrap() < at(60));
    }
}
