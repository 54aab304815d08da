//! Readers that take a value in whatever dress the API sends it: the published schema types booleans and numbers as
//! strings, recorded traffic has native ones, dates come with and without a zone (reference/virtuous.md 4.2, 12).
//! None of them ever fails: what cannot be read is absent.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::Timestamp;

pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            // `12.0` is 12 (checked to be whole and in range, so that the cast is exact); beyond 2^53 a float no longer names one integer.
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn as_flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn as_time(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(Timestamp::parse)
}

pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(from).map(|value| as_text(&value))
}

pub(super) fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Value::deserialize(from).map(|value| as_integer(&value))
}

pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Value::deserialize(from).map(|value| as_flag(&value))
}

pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Value::deserialize(from).map(|value| as_time(&value))
}

/// A list of which one odd element does not spoil the others. A list that is absent, or `null`, is not told (E2).
#[derive(Debug)]
pub(super) struct List<T> {
    /// What could be read.
    pub(super) items: Vec<T>,
    whole: bool,
}

impl<T> List<T> {
    /// Whether it was told, with nothing unreadable in it.
    pub(super) const fn is_whole(&self) -> bool {
        self.whole
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { items: Vec::new(), whole: false }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut list = Self::default();
        if let Value::Array(values) = Value::deserialize(from)? {
            list.whole = true;
            for value in values {
                // Serde would read an array as a struct by position; no element of the API is one.
                let item = if value.is_array() { None } else { T::deserialize(value).ok() };
                match item {
                    Some(item) => list.items.push(item),
                    None => list.whole = false,
                }
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_dress_is_taken() {
        for value in [json!(7), json!("7"), json!(" 7 "), json!(7.0)] {
            assert_eq!(as_integer(&value), Some(7), "{value}");
        }
        for value in [json!(true), json!("True"), json!("true"), json!(1), json!("1")] {
            assert_eq!(as_flag(&value), Some(true), "{value}");
        }
        for value in [json!(null), json!([]), json!({}), json!("maybe"), json!(7.5)] {
            assert_eq!((as_integer(&value), as_flag(&value)), (None, None), "{value}");
        }
        assert_eq!(as_text(&json!(5)).as_deref(), Some("5"));
        assert_eq!(as_time(&json!("Unavailable")), None);
        assert_eq!(
            as_time(&json!("2023-11-30T14:20:56.3233333")),
            as_time(&json!("2023-11-30T14:20:56.323Z"))
        );
    }
}
