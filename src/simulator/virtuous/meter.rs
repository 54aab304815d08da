//! Counts what was asked, and the hourly limit of the organisation (section 2).

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::switches::Switches;
use crate::{domain::Timestamp, simulator::wire::SimRequest, transport::Method};

const HOUR: i64 = 3_600_000;

/// One write that an organisation was asked for; bodies are not kept.
#[derive(Debug, Clone, Serialize)]
pub struct WriteRecord {
    /// When, in milliseconds.
    pub at: i64,
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: Box<str>,
    /// The answer's status.
    pub status: u16,
    /// A hash of the body: the same for writes with the same content.
    #[serde(skip)]
    pub content: u64,
}

/// What should never happen twice, and how often it did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Repeats {
    /// The same note text on one contact.
    pub notes: u64,
    /// The same tag on one contact.
    pub tags: u64,
    /// The same reference once more.
    pub references: u64,
    /// The same address once more on an individual.
    pub methods: u64,
    /// Rows beyond the first of one reference in one import.
    pub duplicate_rows: u64,
}

/// Counts and the hourly window.
#[derive(Debug, Default)]
pub struct Meter {
    calls: BTreeMap<(&'static str, &'static str), u64>,
    writes: Vec<WriteRecord>,
    hour: i64,
    used: u64,
    refused: u64,
    /// What happened twice.
    pub repeats: Repeats,
}

/// The state of the window, for the headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: i64,
    pub(crate) allowed: bool,
    pub(crate) retry_after: i64,
}

impl Meter {
    /// Takes one call from the window, if there is one left.
    pub(crate) fn take(&mut self, switches: &Switches, now: Timestamp) -> Window {
        let mut window = self.window(switches, now);
        if window.allowed {
            self.used += 1;
            window.remaining = window.remaining.saturating_sub(1);
        } else {
            self.refused += 1;
        }
        window
    }

    /// The window as it stands.
    pub(crate) fn window(&mut self, switches: &Switches, now: Timestamp) -> Window {
        let hour = now.as_millis().div_euclid(HOUR);
        if hour != self.hour {
            self.hour = hour;
            self.used = 0;
        }
        let elapsed = u64::try_from(now.as_millis().rem_euclid(HOUR)).unwrap_or(0);
        let others = switches.other_tools_per_hour.saturating_mul(elapsed) / HOUR.unsigned_abs();
        let left = switches.hourly_limit.saturating_sub(others).saturating_sub(self.used);
        let reset = (hour + 1) * HOUR / 1000;
        let retry_after = (reset - now.as_secs()).max(1);
        Window { limit: switches.hourly_limit, remaining: left, reset, allowed: left > 0, retry_after }
    }

    pub(crate) fn count(&mut self, method: Method, pattern: &'static str) {
        *self.calls.entry((method.as_str(), pattern)).or_default() += 1;
    }

    pub(crate) fn wrote(&mut self, at: Timestamp, request: &SimRequest, status: u16) {
        self.writes.push(WriteRecord {
            at: at.as_millis(),
            method: request.method.as_str(),
            path: request.path.as_str().into(),
            status,
            content: xxh3_64(&request.body),
        });
    }

    /// Calls by method and route pattern.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        self.calls.iter().map(|((method, pattern), count)| (*method, *pattern, *count))
    }

    /// All calls together, refused ones included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.calls.values().sum()
    }

    /// Calls of one route.
    #[must_use]
    pub fn calls_of(&self, method: Method, pattern: &str) -> u64 {
        let of = |(key, count): (&(&str, &str), &u64)| (*key == (method.as_str(), pattern)).then_some(*count);
        self.calls.iter().find_map(of).unwrap_or(0)
    }

    /// Calls that got 429.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Every write, oldest first.
    #[must_use]
    pub fn writes(&self) -> &[WriteRecord] {
        &self.writes
    }

    /// Forgets counts and writes; the hourly window stays.
    pub fn reset(&mut self) {
        self.calls.clear();
        self.writes = Vec::new();
        self.refused = 0;
        self.repeats = Repeats::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tools_eat_the_limit_and_the_hour_gives_it_back() {
        let switches = Switches { hourly_limit: 10, other_tools_per_hour: 8, ..Switches::default() };
        let mut meter = Meter::default();
        let half_past = Timestamp::from_secs(7200 + 1800);
        for left in (0..6).rev() {
            assert_eq!(meter.take(&switches, half_past).remaining, left);
        }
        let window = meter.take(&switches, half_past);
        assert!(!window.allowed);
        assert_eq!(window.retry_after, 1800);
        assert_eq!(window.reset, 10_800);
        assert!(meter.take(&switches, Timestamp::from_secs(10_800)).allowed);
    }
}
