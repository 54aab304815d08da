//! A time on a page: "3 min ago", with the whole time in the customer's zone behind it.

use std::{fmt, time::Duration};

use askama::filters::HtmlSafe;
use chrono_tz::Tz;

use crate::domain::Timestamp;

/// A time as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    at: Timestamp,
    now: Timestamp,
    zone: Tz,
}

impl Moment {
    /// A time, told from now in the customer's zone.
    #[must_use]
    pub const fn of(at: Timestamp, now: Timestamp, zone: Tz) -> Self {
        Self { at, now, zone }
    }

    /// The whole time on the clocks of the zone.
    #[must_use]
    pub fn whole(&self) -> String {
        self.at.to_datetime().with_timezone(&self.zone).format("%-d %b %Y, %H:%M:%S %Z").to_string()
    }

    /// The time as RFC 3339.
    #[must_use]
    pub fn iso(&self) -> String {
        self.at.to_rfc3339_secs()
    }

    /// How long ago, or in how long.
    #[must_use]
    pub fn told(&self) -> String {
        if self.at > self.now {
            format!("in {}", lasting(self.at.since(self.now)))
        } else if self.now.since(self.at) < Duration::from_secs(5) {
            "just now".to_owned()
        } else {
            format!("{} ago", lasting(self.now.since(self.at)))
        }
    }
}

impl HtmlSafe for Moment {}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, whole, told) = (self.iso(), self.whole(), self.told());
        write!(f, "<time datetime=\"{iso}\" title=\"{whole}\">{told}</time>")
    }
}

/// How long something lasts, in one or two units.
#[must_use]
pub fn lasting(time: Duration) -> String {
    let secs = time.as_secs();
    let (days, hours, minutes) = (secs / 86_400, secs / 3_600, secs / 60);
    let two = |more: u64, unit: &str, less: u64, part: &str| {
        if less == 0 { format!("{more} {unit}") } else { format!("{more} {unit} {less} {part}") }
    };
    match secs {
        0..60 => format!("{secs} s"),
        60..3_600 => format!("{minutes} min"),
        3_600..86_400 => two(hours, "h", minutes % 60, "min"),
        86_400..864_000 => two(days, if days == 1 { "day" } else { "days" }, hours % 24, "h"),
        _ => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_from_now_with_the_whole_time_behind() {
        let now = Timestamp::from_secs(1_800_000_000);
        let zone: Tz = "America/Chicago".parse().unwrap();
        let shown = |at| Moment::of(at, now, zone).to_string();
        let before = |secs| shown(now.minus(Duration::from_secs(secs)));
        assert!(before(0).contains(">just now<"));
        for (secs, told) in [
            (40, "40 s ago"),
            (180, "3 min ago"),
            (3_600, "1 h ago"),
            (21_780, "6 h 3 min ago"),
            (90_000, "1 day 1 h ago"),
            (900_000, "10 days ago"),
        ] {
            assert!(before(secs).ends_with(&format!(">{told}</time>")), "{}", before(secs));
        }
        let shown = shown(now.plus(Duration::from_secs(60)));
        assert_eq!(
            shown,
            "<time datetime=\"2027-01-15T08:01:00Z\" title=\"15 Jan 2027, 02:01:00 CST\">in 1 min</time>"
        );
    }
}
