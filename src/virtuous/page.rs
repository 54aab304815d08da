//! A page of records: `{list, total}` or a bare array (reference/virtuous.md 14.9). The records are cut out before any
//! of them is read, so that an unreadable record costs itself only.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

use super::lenient;

/// A page whose records are still text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cut<'a> {
    pub(super) records: Vec<&'a str>,
    pub(super) total: Option<u64>,
}

impl<'a> Cut<'a> {
    /// Cuts a body into records; `None` if it is no page.
    pub(super) fn of(body: &'a str) -> Option<Self> {
        let body = body.trim_start();
        if body.starts_with('[') {
            return Some(Self { records: records(body)?, total: None });
        }
        let members: BTreeMap<String, &'a RawValue> = serde_json::from_str(body).ok()?;
        let list = members.get("list")?.get();
        let records = if list == "null" { Vec::new() } else { records(list)? };
        let total = members.get("total").and_then(|total| {
            let value: Value = serde_json::from_str(total.get()).ok()?;
            u64::try_from(lenient::as_integer(&value)?).ok()
        });
        Some(Self { records, total })
    }

    /// Reads every record as `T`: the readable ones, and the number of the others.
    pub(super) fn read<T: DeserializeOwned>(&self) -> (Vec<T>, usize) {
        let read: Vec<T> = self.records.iter().filter_map(|record| record_as(record)).collect();
        let odd = self.records.len() - read.len();
        (read, odd)
    }
}

fn records(array: &str) -> Option<Vec<&str>> {
    let raw: Vec<&RawValue> = serde_json::from_str(array).ok()?;
    Some(raw.into_iter().map(RawValue::get).collect())
}

/// Reads one record by way of a JSON value, in which of two equal keys the last wins instead of being an error.
pub(super) fn record_as<T: DeserializeOwned>(record: &str) -> Option<T> {
    T::deserialize(serde_json::from_str::<Value>(record).ok()?).ok()
}

/// The body as text: bytes that are no UTF-8 become replacement characters within the record that holds them.
pub(super) fn text_of(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_envelopes_are_cut() {
        assert_eq!(Cut::of(r#"{"list":[{"a":1}, 2],"total":"2"}"#).unwrap().records, vec![r#"{"a":1}"#, "2"]);
        assert_eq!(Cut::of(r#"{"list":[],"total":"2"}"#).unwrap().total, Some(2));
        assert_eq!(Cut::of("[1]").unwrap(), Cut { records: vec!["1"], total: None });
        assert_eq!(Cut::of(r#"{"list":null}"#), Some(Cut::default()));
        for bad in ["", "null", "7", "{}", r#"{"list":7}"#, "[1", "<html>"] {
            assert_eq!(Cut::of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_monster_costs_only_itself() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let body = format!(r#"{{"list":[1,{deep},1e999,"\ud800",2],"total":1e999}}"#);
        let cut = Cut::of(&body).unwrap();
        assert_eq!(cut.read::<i64>(), (vec![1, 2], 3));
        assert_eq!(cut.total, None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = Cut::of(&text_of(&body));
        }
    }
}
