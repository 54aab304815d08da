//! Values of custom fields in the one plain form that stands for what they mean (F1).
//!
//! Both systems show the same value in several dresses: `1,234` and `1234.00`, `Yes` and `true`, `4/23/2016 12:00:00 AM` and
//! `2016-04-23`, `&amp;` and `&`. A value that could mean two things has no plain form.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::{Timestamp, reference_data::VirtuousFieldKind};

/// What stands for "no date" in old systems.
const NO_DATE: &str = "0001-01-01";
/// What text may be written as where it passes through a page.
const ENTITIES: [(&str, &str); 7] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// A number as digits with at most one decimal point: `1,234.50` is `1234.50`. Groups are of three digits behind commas; anything
/// else with a comma might be another country's way of writing, and is no number.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.strip_prefix('$').unwrap_or(digits);
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) if is_digits(decimals) => (whole, Some(decimals)),
        Some(_) => return None,
        None => (digits, None),
    };
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let is_grouped = rest.is_empty() || first.len() <= 3 && rest.iter().all(|group| group.len() == 3);
    if !is_grouped || !is_digits(first) || !rest.iter().all(|group| is_digits(group)) {
        return None;
    }
    let point = if decimals.is_some() { "." } else { "" };
    Some(format!("{sign}{first}{}{point}{}", rest.concat(), decimals.unwrap_or_default()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The calendar date as it is written, `YYYY-MM-DD`, whatever time and offset stand behind it; empty for the date that means none.
#[must_use]
pub fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let (day, time) = text.split_at(text.find(['T', ' ']).unwrap_or(text.len()));
    let is_time = |byte: u8| byte.is_ascii_digit() || b":.+-TZzAaPpMm ".contains(&byte);
    if day.len() < 8 || !time.bytes().all(is_time) {
        return None;
    }
    if day == NO_DATE {
        return Some(String::new());
    }
    // Most dates are in this form already: nothing is to be made of them.
    if is_date(day) {
        return Some(day.to_owned());
    }
    let date = Timestamp::parse(day)?.to_date();
    Some(if date == NO_DATE { String::new() } else { date })
}

/// Whether the text is a day of the calendar as `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let number = |from: usize, to: usize| {
        let digits = text.as_bytes().get(from..to)?;
        let add = |sum: u32, byte: &u8| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0'));
        digits.iter().try_fold(0, add)
    };
    let dashes = text.bytes().enumerate().filter(|(_, byte)| *byte == b'-').map(|(at, _)| at);
    let day = || {
        let year = i32::try_from(number(0, 4)?).ok()?;
        chrono::NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)
    };
    text.len() == 10 && dashes.eq([4, 7]) && day().is_some()
}

/// Yes or no.
#[must_use]
pub fn flag(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "on" => Some(true),
        "false" | "no" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// What a value of this kind means, in a form that equals that of every other way to write it. Never shown, never sent.
#[must_use]
pub fn meaning(value: &str, kind: VirtuousFieldKind) -> String {
    let typed = match kind {
        VirtuousFieldKind::Number => number(value).map(without_zeros),
        VirtuousFieldKind::Date => date(value),
        VirtuousFieldKind::Boolean => flag(value).map(|flag| flag.to_string()),
        VirtuousFieldKind::Dropdown => Some(text(value).to_lowercase()),
        VirtuousFieldKind::Text => None,
    };
    typed.unwrap_or_else(|| text(value))
}

fn without_zeros(number: String) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number.as_str()), |rest| ("-", rest));
    let digits = digits.trim_start_matches('0');
    let digits =
        if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits };
    match digits {
        "" => "0".to_owned(),
        digits if digits.starts_with('.') => format!("{sign}0{digits}"),
        digits => format!("{sign}{digits}"),
    }
}

/// Text without its dress: entities, line ends, blanks, and the way that accents are put together.
fn text(value: &str) -> String {
    let mut plain = value.replace("\r\n", "\n").replace('\r', "\n");
    if plain.contains('&') {
        for (entity, character) in ENTITIES {
            plain = plain.replace(entity, character);
        }
    }
    let lines: Vec<String> =
        plain.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(lines.join("\n").trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_a_number_has_digits_groups_of_three_and_one_point() {
        for (written, plain) in [
            ("1,234.50", "1234.50"),
            (" 1234 ", "1234"),
            ("$1,234,567", "1234567"),
            ("-12.5", "-12.5"),
            ("+7", "7"),
            ("0", "0"),
        ] {
            assert_eq!(number(written).as_deref(), Some(plain), "{written}");
        }
        for odd in [
            "12,5",
            "1.234,50",
            "1.234.567",
            "1,23",
            "1234,567",
            ",123",
            "1,,234",
            "1e5",
            "inf",
            ".5",
            "5.",
            "",
            "1 2",
        ] {
            assert_eq!(number(odd), None, "{odd}");
        }
    }

    #[test]
    fn f1_a_date_is_the_day_as_it_is_written() {
        for written in [
            "2016-04-23",
            "4/23/2016",
            "04/23/2016",
            "4/23/2016 12:00:00 AM",
            "2016-04-23T23:30:00-05:00",
            "2016-04-23T00:30:00+05:00",
            "2016-04-23T00:00:00",
            "2016-04-23 00:00:00.000",
        ] {
            assert_eq!(date(written).as_deref(), Some("2016-04-23"), "{written}");
        }
        for none in ["0001-01-01", "0001-01-01T00:00:00", "1/1/0001 12:00:00 AM"] {
            assert_eq!(date(none).as_deref(), Some(""), "{none}");
        }
        for odd in ["soon", "", "2016-04-31", "23.4.2016", "2016-04-23 at noon", "2016"] {
            assert_eq!(date(odd), None, "{odd}");
        }
    }

    #[test]
    fn f1_values_that_mean_the_same_are_the_same() {
        use VirtuousFieldKind::{Boolean, Date, Dropdown, Number, Text};
        let alike = [
            (Number, "1234", "1,234"),
            (Number, "1234", "1234.00"),
            (Number, "0.5", "000.50"),
            (Number, "-0", "0.0"),
            (Boolean, "true", "Yes"),
            (Boolean, "1", "True"),
            (Date, "2016-04-23", "4/23/2016 12:00:00 AM"),
            (Date, "", "0001-01-01T00:00:00"),
            (Dropdown, "Blue  sky", "blue sky"),
            (Text, "one\ntwo", "one\r\ntwo"),
            (Text, "Arts & Crafts", "Arts &amp; Crafts"),
            (Text, "a  b", "a b "),
            (Text, "cafe\u{301}", "caf\u{e9}"),
            (Number, "about  12,5", "about 12,5"),
        ];
        for (kind, one, other) in alike {
            assert_eq!(meaning(one, kind), meaning(other, kind), "{one} {other}");
        }
        for (kind, one, other) in [
            (Text, "a", "A"),
            (Text, "1234", "1,234"),
            (Number, "12,5", "125"),
            (Number, "-1", "1"),
            (Number, "10", "1"),
            (Number, "", "0"),
            (Boolean, "", "false"),
            (Text, "a\nb", "a b"),
        ] {
            assert_ne!(meaning(one, kind), meaning(other, kind), "{one} {other}");
        }
    }
}
