//! Times in text for people: by the customer's clocks, with how long ago they were. JSON keeps them as they are.

use std::time::Duration;

use chrono_tz::Tz;

use crate::domain::Timestamp;

/// The longest form of a time, from the first digit to the `Z`.
const LONGEST: usize = 40;
/// Columns of a time in a table.
const COLUMN: usize = 40;
/// Beyond it a date says more than a distance.
const DISTANCE_MAX: Duration = Duration::from_secs(90 * 24 * 3600);

/// The text with every time that Tandem writes (RFC 3339 in UTC) as the clocks of this zone show it.
pub(super) fn by_clocks_of(zone: Tz, text: &str, now: Timestamp) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((start, end)) = next_time(rest) {
        let (before, time) = (&rest[..start], &rest[start..end]);
        out.push_str(before);
        rest = &rest[end..];
        // What is to be typed again stays as it is.
        let is_option = before.rsplit([' ', '\n']).nth(1).is_some_and(|word| word.starts_with("--"));
        match Timestamp::parse(time).filter(|_| !is_option) {
            None => out.push_str(time),
            Some(at) => {
                let shown = shown(at, zone, now);
                out.push_str(&shown);
                let blanks = rest.len() - rest.trim_start_matches(' ').len();
                if blanks >= 2 {
                    out.extend(std::iter::repeat_n(' ', COLUMN.saturating_sub(shown.chars().count())));
                    rest = &rest[blanks - 2..];
                }
            }
        }
    }
    out + rest
}

/// The first time in a text: from where to where.
fn next_time(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    (0..bytes.len()).find_map(|start| {
        let begins = is_digit(start)
            && (start == 0 || !bytes[start - 1].is_ascii_alphanumeric() && bytes[start - 1] != b'-')
            && (start..start + 4).all(is_digit)
            && is(start + 4, b'-')
            && is(start + 7, b'-')
            && is(start + 10, b'T')
            && is(start + 13, b':');
        let ends = || (start + 19..start + LONGEST).find(|at| !is_digit(*at) && !is(*at, b'.'));
        let end = begins.then(ends).flatten().filter(|end| is(*end, b'Z'))?;
        Some((start, end + 1))
    })
}

fn shown(at: Timestamp, zone: Tz, now: Timestamp) -> String {
    let local = at.to_datetime().with_timezone(&zone).format("%Y-%m-%d %H:%M %Z");
    let (past, to_come) = (now.since(at), at.since(now));
    match (past, to_come) {
        (past, _) if past > DISTANCE_MAX => local.to_string(),
        (_, to_come) if to_come > DISTANCE_MAX => local.to_string(),
        (_, to_come) if to_come >= Duration::from_secs(1) => format!("{local} (in {})", distance(to_come)),
        (past, _) if past < Duration::from_secs(1) => format!("{local} (just now)"),
        (past, _) => format!("{local} ({} ago)", distance(past)),
    }
}

/// A distance by its largest unit.
fn distance(distance: Duration) -> String {
    let seconds = distance.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => match (seconds / 3600, seconds % 3600 / 60) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} min"),
        },
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown_at(text: &str) -> String {
        by_clocks_of(chrono_tz::America::Chicago, text, Timestamp::parse("2026-11-28T12:00:00Z").unwrap())
    }

    #[test]
    fn times_are_those_of_the_customers_clocks_with_their_distance() {
        for (text, shown) in [
            ("since 2026-11-28T11:57:00Z.", "since 2026-11-28 05:57 CST (3 min ago)."),
            ("2026-11-28T11:59:58.500Z", "2026-11-28 05:59 CST (1 s ago)"),
            ("(2026-11-28T12:00:00Z)", "(2026-11-28 06:00 CST (just now))"),
            ("at 2026-11-28T15:30:00Z\n", "at 2026-11-28 09:30 CST (in 3 h 30 min)\n"),
            ("2026-11-25T12:00:00Z", "2026-11-25 06:00 CST (3 days ago)"),
            ("2026-07-01T12:00:00Z", "2026-07-01 07:00 CDT"),
            ("1970-01-01T00:00:00Z", "1969-12-31 18:00 CST"),
        ] {
            assert_eq!(shown_at(text), shown);
        }
    }

    #[test]
    fn what_is_no_time_or_is_to_be_typed_again_stays() {
        for text in [
            "",
            "older ones: --before 2026-11-28T11:57:00Z",
            "2026-11-28",
            "x2026-11-28T11:57:00Z",
            "2026-11-28T11:57:00+01:00",
            "2026-99-28T11:57:00Z",
            "zoë 2026-11-28T11:5",
        ] {
            assert_eq!(shown_at(text), text);
        }
    }

    #[test]
    fn columns_behind_a_time_stay_in_line() {
        let rows = shown_at("2026-11-28T11:57:00Z      seen\n2026-11-27T11:57:00.123Z  sent\n");
        let places: Vec<_> = rows.lines().map(|line| line.find("se").unwrap()).collect();
        assert_eq!(places[0], places[1], "{rows}");
    }
}
