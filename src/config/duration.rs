//! Durations as operators write them (`1s`, `15m`, `1h`, `7d`), and "every N polls".

use std::time::Duration;

/// The shortest: what stands in the settings is a pace of calls, and nothing good comes of less than a second.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest, a century: adding it to any real point in time stays in range.
const LONGEST: Duration = Duration::from_secs(36_500 * 86_400);

/// How often something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// With every so many polls.
    Polls(u32),
    /// After so long.
    Time(Duration),
}

impl Every {
    /// Reads `"4 polls"` or a duration.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().strip_suffix("polls").or_else(|| text.trim().strip_suffix("poll"));
        match number {
            Some(number) => number.trim().parse().ok().filter(|&polls| polls > 0).map(Self::Polls),
            None => parse_duration(text).map(Self::Time),
        }
    }
}

/// Reads a duration from one second to a century.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text.trim()).ok().filter(|duration| (SHORTEST..=LONGEST).contains(duration))
}

/// Writes a duration in the form that the settings take, largest unit first: `7d`, `1h 30m`, `1h 1s`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut text = String::new();
    for (unit, millis) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest >= millis {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&format!("{}{unit}", rest / millis));
            rest %= millis;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(parse_duration(text), expect.map(Duration::from_secs), "{text}");
        };
        check("1s", Some(1));
        check("15m", Some(900));
        check("1h", Some(3600));
        check("24h", Some(86_400));
        check("7d", Some(604_800));
        check("1h 30m", Some(5400));
        check("999ms", None);
        check("0s", None);
        check("", None);
        check("soon", None);
        check("5", None);
        check("-1s", None);
        check("1000000y", None);
    }

    #[test]
    fn every_takes_polls_and_durations() {
        let check = |text: &str, expect: Option<Every>| assert_eq!(Every::parse(text), expect, "{text}");
        check("4 polls", Some(Every::Polls(4)));
        check("1 poll", Some(Every::Polls(1)));
        check("4polls", Some(Every::Polls(4)));
        check("2h", Some(Every::Time(Duration::from_secs(7200))));
        check("0 polls", None);
        check("-4 polls", None);
        check("polls", None);
        check("99999999999 polls", None);
    }

    #[test]
    fn durations_are_written_short() {
        assert_eq!(format_duration(Duration::from_secs(604_800)), "7d");
        assert_eq!(format_duration(Duration::from_secs(3661)), "1h 1m 1s");
        assert_eq!(format_duration(Duration::ZERO), "0s");
    }

    proptest! {
        #[test]
        fn any_duration_round_trips(millis in 1000_u64..3_153_600_000_000) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            if let Some(duration) = parse_duration(&text) {
                prop_assert!(duration >= SHORTEST && duration <= LONGEST);
            }
            let _ = Every::parse(&text);
        }
    }
}
