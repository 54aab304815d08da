//! Bounce reports that failed: each is put off by itself, longer each time, while the others are read (B3, W4).

use std::{collections::BTreeMap, time::Duration};

use crate::{
    domain::{Timestamp, kept_time},
    sync::damping::{WAIT_MAX, wait_after},
};

/// Tries that the first reading of all reports waits for.
const AWAITED_TRIES: u32 = 3;

/// The reports that are put off.
#[derive(Debug, Default)]
pub struct PutOff {
    /// Whether all others were read since.
    pub rest_was_read: bool,
    waits: BTreeMap<String, Wait>,
}

#[derive(Debug, Default)]
struct Wait {
    failures: u32,
    until: Timestamp,
}

impl PutOff {
    /// Whether a report still waits. A wait that only a clock set back can explain is over.
    #[must_use]
    pub fn waits(&self, campaign: &str, now: Timestamp) -> bool {
        self.waits.get(campaign).is_some_and(|wait| kept_time::waits(wait.until, WAIT_MAX, now).is_some())
    }

    /// When the next report is due again.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.waits.values().map(|wait| wait.until).min()
    }

    /// Whether a report has tries left that the first reading waits for.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.waits.values().any(|wait| wait.failures < AWAITED_TRIES)
    }

    /// A report failed. Gives how long it waits.
    pub fn failed(&mut self, campaign: &str, now: Timestamp) -> Duration {
        let wait = self.waits.entry(campaign.to_owned()).or_default();
        let time = wait_after(wait.failures);
        *wait = Wait { failures: wait.failures.saturating_add(1), until: now.plus(time) };
        time
    }

    /// A report was read, or has nothing to tell.
    pub fn went_well(&mut self, campaign: &str) {
        self.waits.remove(campaign);
    }

    /// Forgets campaigns that are not there any more.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.waits.retain(|campaign, _| is_there(campaign));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_a_report_that_fails_waits_longer_each_time_and_a_day_at_most() {
        let (mut put_off, now) = (PutOff::default(), Timestamp::from_secs(1_800_000_000));
        let waits: Vec<u64> = (0..7).map(|_| put_off.failed("k1", now).as_secs()).collect();
        assert_eq!(waits, [60, 600, 3600, 21_600, 86_400, 86_400, 86_400]);
        assert!(put_off.waits("k1", now) && !put_off.waits("k2", now));
        assert!(!put_off.waits("k1", now.plus(WAIT_MAX)));
        assert!(!put_off.waits("k1", now.minus(Duration::from_secs(1))), "the clock was set back");
        assert!(!put_off.is_awaited());
        put_off.failed("k2", now);
        assert!(put_off.is_awaited(), "it has further tries");
        assert_eq!(put_off.next(), Some(now.plus(Duration::from_secs(60))));
        put_off.went_well("k2");
        put_off.keep(|campaign| campaign != "k1");
        assert_eq!(put_off.next(), None);
    }
}
