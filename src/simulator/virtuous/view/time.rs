//! Times, and the user that every record names.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::domain::Timestamp;

/// The user behind the API key.
pub(super) const USER: &str = "Integration User";

/// A time as Virtuous writes it: up to seven fraction digits, and mostly without a zone although it is UTC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Time(pub(crate) Timestamp, pub(crate) bool);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use chrono::{Datelike, Timelike};
        let at = self.0.to_datetime();
        let (date, time) = (at.date_naive(), at.time());
        let (year, month, day) = (date.year(), date.month(), date.day());
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            time.hour(),
            time.minute(),
            time.second()
        )?;
        let millis = time.nanosecond() / 1_000_000;
        if millis != 0 {
            // SQL Server's datetime2 gives seven digits; we know three and invent the rest.
            write!(f, ".{millis:03}3333")?;
        }
        if self.1 { f.write_str("Z") } else { Ok(()) }
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_zone_and_seven_digits() {
        let at = Timestamp::parse("2023-11-30T14:20:56.323Z").unwrap();
        assert_eq!(Time(at, false).to_string(), "2023-11-30T14:20:56.3233333");
        assert_eq!(Time(at, true).to_string(), "2023-11-30T14:20:56.3233333Z");
        assert_eq!(Timestamp::parse(&Time(at, false).to_string()), Some(at));
        assert_eq!(Time(Timestamp::EPOCH, false).to_string(), "1970-01-01T00:00:00");
    }
}
