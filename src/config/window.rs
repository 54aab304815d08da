//! The hours in which a customer's first import may run, in the customer's own time zone.

use std::time::Duration;

use chrono::Timelike;
use chrono_tz::Tz;

use crate::domain::Timestamp;

const MINUTE: Duration = Duration::from_secs(60);
/// A zone may skip a whole day (Samoa did, in 2011), so a window may be closed for close to three.
const LONGEST_WAIT_MINUTES: u32 = 4 * 24 * 60;

/// When the import lane may work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportWindow {
    /// At any time.
    Any,
    /// From a minute of the local day until before another; over midnight if the second is the smaller.
    Daily {
        /// Minutes after local midnight at which it opens.
        from: u32,
        /// Minutes after local midnight at which it closes.
        to: u32,
    },
}

impl std::fmt::Display for ImportWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Daily { from, to } = self else { return Ok(()) };
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl ImportWindow {
    /// Reads `"20:00-06:00"`, or an empty text for any time. The end may be `24:00`. The same time twice is refused: it
    /// could mean always or never.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::Any);
        }
        let (from, to) = text.split_once('-')?;
        let (from, to) = (parse_minute(from)?, parse_minute(to)?);
        let day = 24 * 60;
        let same = from == to || from == day || (from, to) == (0, day);
        match (from, to) {
            (0, to) if to == day => Some(Self::Any),
            _ if same => None,
            _ => Some(Self::Daily { from, to: to % day }),
        }
    }

    /// Whether the window is open at `now`, by the wall clocks of `zone`.
    #[must_use]
    pub fn contains(&self, now: Timestamp, zone: Tz) -> bool {
        let Self::Daily { from, to } = *self else { return true };
        let local = now.to_datetime().with_timezone(&zone);
        let minute = local.hour() * 60 + local.minute();
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }

    /// The first point from `now` on at which the window is open: `now` itself if it is.
    ///
    /// Walks by the minute instead of computing: an opening that a change to summer time skips or doubles then needs no
    /// case of its own. At most a few thousand cheap steps, asked once an import pauses.
    #[must_use]
    pub fn next_open(&self, now: Timestamp, zone: Tz) -> Timestamp {
        if self.contains(now, zone) {
            return now;
        }
        let mut at = Timestamp::from_secs(now.as_secs().div_euclid(60).saturating_mul(60));
        for _ in 0..LONGEST_WAIT_MINUTES {
            at = at.plus(MINUTE);
            if self.contains(at, zone) {
                break;
            }
        }
        at
    }
}

/// Minutes after midnight of `HH:MM`, to `24:00`.
fn parse_minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str, least: usize| {
        ((least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (hour, minute) = (digits(hour, 1)?, digits(minute, 2)?);
    (minute < 60 && (hour < 24 || (hour, minute) == (24, 0))).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn windows_are_read() {
        let check = |text: &str, expect: Option<ImportWindow>| {
            assert_eq!(ImportWindow::parse(text), expect, "{text}")
        };
        check("", Some(ImportWindow::Any));
        check("20:00-06:00", Some(ImportWindow::Daily { from: 1200, to: 360 }));
        check("8:00 - 09:30", Some(ImportWindow::Daily { from: 480, to: 570 }));
        check("20:00-24:00", Some(ImportWindow::Daily { from: 1200, to: 0 }));
        check("00:00-24:00", Some(ImportWindow::Any));
        for bad in [
            "20:00",
            "20-6",
            "25:00-06:00",
            "20:60-06:00",
            "06:00-06:00",
            "24:00-06:00",
            "night",
            "+8:00-9:00",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn a_window_over_midnight_is_local() {
        let window = ImportWindow::parse("20:00-06:00").unwrap();
        let zone = chrono_tz::America::Chicago;
        let check = |now: &str, open: bool, next: &str| {
            assert_eq!(window.contains(at(now), zone), open, "{now}");
            assert_eq!(window.next_open(at(now), zone), at(next), "{now}");
        };
        // In November Chicago is six hours behind UTC.
        check("2026-11-23T01:59:59Z", false, "2026-11-23T02:00:00Z");
        check("2026-11-23T02:00:00Z", true, "2026-11-23T02:00:00Z");
        check("2026-11-23T11:59:59Z", true, "2026-11-23T11:59:59Z");
        check("2026-11-23T12:00:00Z", false, "2026-11-24T02:00:00Z");
    }

    #[test]
    fn summer_time_skips_and_doubles() {
        let zone = chrono_tz::America::Chicago;
        // On 2026-03-08 the clocks go from 02:00 to 03:00, so a window within that hour opens a day later.
        let skipped = ImportWindow::parse("02:15-02:45").unwrap();
        assert_eq!(skipped.next_open(at("2026-03-08T07:00:00Z"), zone), at("2026-03-09T07:15:00Z"));
        let cut = ImportWindow::parse("02:15-04:00").unwrap();
        assert_eq!(cut.next_open(at("2026-03-08T07:00:00Z"), zone), at("2026-03-08T08:00:00Z"));
        // On 2026-11-01 01:30 comes twice.
        let doubled = ImportWindow::parse("01:30-01:45").unwrap();
        assert_eq!(doubled.next_open(at("2026-11-01T06:50:00Z"), zone), at("2026-11-01T07:30:00Z"));
    }

    proptest! {
        #[test]
        fn it_opens_when_it_says_and_not_before(
            secs in 1_700_000_000_i64..1_900_000_000, from in 0_u32..1440, to in 0_u32..1440, zone in 0_usize..600,
        ) {
            prop_assume!(from != to);
            let zone = chrono_tz::TZ_VARIANTS[zone % chrono_tz::TZ_VARIANTS.len()];
            let window = ImportWindow::Daily { from, to };
            let now = Timestamp::from_secs(secs);
            let next = window.next_open(now, zone);
            prop_assert!(window.contains(next, zone));
            if next > now {
                prop_assert!(!window.contains(next.minus(Duration::from_millis(1)), zone));
            }
        }
    }
}
