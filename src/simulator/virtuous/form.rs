//! Other forms in which a custom field's value is shown than the one in which it was written (E3, F1).

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use super::fields::DataType;
use crate::domain::Timestamp;

/// Characters that [`Form::Cut`] keeps.
const CUT: usize = 100;

/// One other form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A number as `1,234`.
    Thousands,
    /// A flag as `Yes` or `No`.
    YesNo,
    /// A date as `4/23/2016 12:00:00 AM`.
    Midnight,
    /// Another letter case of an option.
    OtherCase,
    /// Line ends as CRLF.
    Crlf,
    /// `&` as `&amp;`.
    Entities,
    /// Doubled blanks as one.
    Squeezed,
    /// The first 100 characters.
    Cut,
    /// Composed characters (NFC).
    Composed,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 9] = [
        Self::Thousands,
        Self::YesNo,
        Self::Midnight,
        Self::OtherCase,
        Self::Crlf,
        Self::Entities,
        Self::Squeezed,
        Self::Cut,
        Self::Composed,
    ];

    /// The value in this form; the value stays where the form does not concern its type.
    #[must_use]
    pub fn show(self, value: String, data_type: DataType) -> String {
        match (self, data_type) {
            (Self::Thousands, DataType::Number) => thousands(&value),
            (Self::YesNo, DataType::Boolean) => (if value == "true" { "Yes" } else { "No" }).to_owned(),
            (Self::Midnight, DataType::Date) => match Timestamp::parse(&value) {
                Some(at) => at.to_datetime().format("%-m/%-d/%Y 12:00:00 AM").to_string(),
                None => value,
            },
            (Self::OtherCase, DataType::Dropdown) => value.to_uppercase(),
            (_, DataType::Number | DataType::Boolean | DataType::Date | DataType::Dropdown) => value,
            (Self::Crlf, DataType::Text) => value.replace("\r\n", "\n").replace('\n', "\r\n"),
            (Self::Entities, DataType::Text) => value.replace('&', "&amp;"),
            (Self::Squeezed, DataType::Text) => squeezed(&value),
            (Self::Cut, DataType::Text) => value.chars().take(CUT).collect(),
            (Self::Composed, DataType::Text) => {
                ComposingNormalizerBorrowed::new_nfc().normalize(&value).into_owned()
            }
            (Self::Thousands | Self::YesNo | Self::Midnight | Self::OtherCase, DataType::Text) => value,
        }
    }
}

fn thousands(value: &str) -> String {
    let whole = value.find('.').unwrap_or(value.len());
    let first = value.find(|digit: char| digit.is_ascii_digit()).unwrap_or(0);
    let mut shown = String::with_capacity(value.len() + value.len() / 3);
    for (at, letter) in value.char_indices() {
        if at > first && at < whole && (whole - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(letter);
    }
    shown
}

fn squeezed(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    for letter in value.chars() {
        if letter != ' ' || !shown.ends_with(' ') {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_each_form() {
        let check = |form: Form, data_type, value: &str, expect: &str| {
            assert_eq!(form.show(value.to_owned(), data_type), expect, "{form:?} {value}");
        };
        check(Form::Thousands, DataType::Number, "1234", "1,234");
        check(Form::Thousands, DataType::Number, "-1234567.5", "-1,234,567.5");
        check(Form::Thousands, DataType::Number, "123", "123");
        check(Form::YesNo, DataType::Boolean, "true", "Yes");
        check(Form::YesNo, DataType::Boolean, "false", "No");
        check(Form::Midnight, DataType::Date, "2016-04-23", "4/23/2016 12:00:00 AM");
        check(Form::OtherCase, DataType::Dropdown, "Arts", "ARTS");
        check(Form::Crlf, DataType::Text, "one\ntwo\r\n", "one\r\ntwo\r\n");
        check(Form::Entities, DataType::Text, "Poe & Son", "Poe &amp; Son");
        check(Form::Squeezed, DataType::Text, "a   b c", "a b c");
        check(Form::Cut, DataType::Text, &"é".repeat(300), &"é".repeat(100));
        check(Form::Composed, DataType::Text, "e\u{301}", "é");
        check(Form::Entities, DataType::Dropdown, "Arts & Music", "Arts & Music");
    }
}
