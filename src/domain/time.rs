//! Points in time, in milliseconds UTC, and the lenient readers of both APIs' formats.

use std::{fmt, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, Utc};

/// A point in time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest point that Tandem tells apart: the epoch.
    pub const EPOCH: Self = Self(0);
    /// Later than everything.
    pub const FAR_FUTURE: Self = Self(253_402_300_799_000);

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the epoch.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// From chrono's type, cut to milliseconds.
    #[must_use]
    pub fn from_datetime(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }

    /// As chrono's type; points outside of its range become the epoch.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the precision of Constant Contact's times, so that two times
    /// compare by it (P3: the same second is no proof).
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This point moved later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This point moved earlier.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Time from `earlier` to this point; zero if it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The next 00:00 UTC after this point, when Constant Contact's daily quota starts anew (W4).
    #[must_use]
    pub const fn next_utc_midnight(self) -> Self {
        const DAY: i64 = 86_400_000;
        Self((self.0.div_euclid(DAY) + 1) * DAY)
    }

    /// Reads the formats that both APIs were seen to use: RFC 3339 with any offset and 0 to 7 fraction digits, the same
    /// without a zone (then UTC, as Virtuous's `...Utc` fields), or a bare date (then its midnight UTC).
    /// Sources: reference/constant-contact.md 3.3, reference/virtuous.md 4.2.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // A bare date is the commonest text that is no RFC 3339, and the general way is many times slower.
        if let Some(date) = iso_date(text).or_else(|| us_date(text)) {
            return date.and_hms_opt(0, 0, 0).map(|at| Self::from_datetime(at.and_utc()));
        }
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::from_datetime(at.to_utc()));
        }
        if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
            return Some(Self::from_datetime(at.to_utc()));
        }
        for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
            if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
                return Some(Self::from_datetime(at.and_utc()));
            }
        }
        None
    }

    /// Reads an HTTP `Date` header (`Sun, 22 Nov 2026 21:26:56 GMT`).
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| Self::from_datetime(at.to_utc()))
    }

    /// As an HTTP `Date` header.
    #[must_use]
    pub fn to_http_date(self) -> String {
        self.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// As RFC 3339 with whole seconds and `Z`, the form that Constant Contact's filters take.
    #[must_use]
    pub fn to_rfc3339_secs(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The UTC date as `YYYY-MM-DD`.
    #[must_use]
    pub fn to_date(self) -> String {
        self.to_datetime().date_naive().to_string()
    }

    /// The number of whole UTC days since the epoch: the key of the daily ledger.
    #[must_use]
    pub const fn utc_day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }

    /// Signed difference to `other` in milliseconds.
    #[must_use]
    pub fn delta(self, other: Self) -> TimeDelta {
        TimeDelta::milliseconds(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// Reads `M/D/YYYY`, as Virtuous shows dates.
fn us_date(text: &str) -> Option<NaiveDate> {
    let (month, rest) = text.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let plain =
        |part: &str, most: usize| part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit());
    if !(plain(month, 2) && plain(day, 2) && plain(year, 4) && year.len() == 4) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Reads `YYYY-MM-DD`.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |at: std::ops::Range<usize>| {
        let digits = &bytes[at];
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_format_that_was_seen() {
        let check = |text: &str, expect: &str| {
            assert_eq!(Timestamp::parse(text).map(|at| at.to_string()).as_deref(), Some(expect), "{text}");
        };
        check("2024-10-30T18:56:35Z", "2024-10-30T18:56:35Z");
        check("2016-01-23T13:48:44.108Z", "2016-01-23T13:48:44.108Z");
        check("2016-03-03T10:53:04-05:00", "2016-03-03T15:53:04Z");
        check("2016-03-03T15:53:04.000+0000", "2016-03-03T15:53:04Z");
        check("2023-11-30T14:20:56.3233333", "2023-11-30T14:20:56.323Z");
        check("2016-07-08", "2016-07-08T00:00:00Z");
        assert_eq!(Timestamp::parse("Unavailable"), None);
        assert_eq!(Timestamp::parse(""), None);
    }

    #[test]
    fn http_dates_go_both_ways() {
        let at = Timestamp::parse_http_date("Sun, 22 Nov 2026 21:26:56 GMT").unwrap();
        assert_eq!(at.to_http_date(), "Sun, 22 Nov 2026 21:26:56 GMT");
    }

    #[test]
    fn midnight_is_the_next_one() {
        let at = Timestamp::parse("2026-11-22T00:00:00Z").unwrap();
        assert_eq!(at.next_utc_midnight().to_string(), "2026-11-23T00:00:00Z");
    }
}
