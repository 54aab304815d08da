//! One call as a handler sees it, and lenient readers of what callers send.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::answer;
use crate::{domain::Timestamp, simulator::wire::SimRequest, transport::Response};

/// A call: the request, its decoded path segments after `/api`, and the time.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) request: &'a SimRequest,
    pub(crate) segments: Vec<String>,
    pub(crate) now: Timestamp,
}

impl<'a> Call<'a> {
    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&'a str> {
        self.request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A path segment.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.segments.get(at).map_or("", String::as_str)
    }

    /// A path segment that is an id.
    pub(crate) fn id(&self, at: usize) -> i64 {
        self.text(at).parse().unwrap_or(-1)
    }

    /// The body, or the refusal that the real service gives.
    pub(crate) fn body<T: DeserializeOwned>(&self, model: &str) -> Result<T, Response> {
        if self.request.body.is_empty() || self.request.body == b"null" {
            return Err(answer::null_argument());
        }
        serde_json::from_slice(&self.request.body).map_err(|_| answer::model_state(model))
    }

    /// `skip` and `take`; a `take` over 1,000 is refused (section 4.4).
    pub(crate) fn page(&self, body: (Option<usize>, Option<usize>)) -> Result<(usize, usize), Response> {
        let read = |name: &str, inside: Option<usize>| match self.query(name) {
            Some(text) => text.parse().map_err(|_| answer::model_state(name)),
            None => Ok(inside.unwrap_or(if name == "take" { 10 } else { 0 })),
        };
        let (skip, take) = (read("skip", body.0)?, read("take", body.1)?);
        if take > 1000 {
            return Err(answer::bad_request("Take may not exceed 1000."));
        }
        Ok((skip, take))
    }
}

/// Undoes percent-encoding; `+` stays, as it does in a path.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, hex) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The specification types numbers and flags as strings; callers send either (section 12).
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose {
    Flag(bool),
    Number(i64),
    Text(String),
    Nothing(()),
}

/// Reads a whole number, native or as text.
pub(crate) fn loose_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    match Loose::deserialize(from)? {
        Loose::Number(number) => Ok(Some(number)),
        Loose::Text(text) => text.trim().parse().map(Some).map_err(serde::de::Error::custom),
        Loose::Flag(_) => Err(serde::de::Error::custom("a number is wanted")),
        Loose::Nothing(()) => Ok(None),
    }
}

/// Reads a flag, native or as text.
pub(crate) fn loose_bool<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Loose::deserialize(from)? {
        Loose::Flag(flag) => Ok(Some(flag)),
        Loose::Text(text) => text.trim().to_lowercase().parse().map(Some).map_err(serde::de::Error::custom),
        Loose::Number(_) => Err(serde::de::Error::custom("a flag is wanted")),
        Loose::Nothing(()) => Ok(None),
    }
}

/// Reads a text; numbers and flags become their writing.
pub(crate) fn loose_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Loose::deserialize(from)? {
        Loose::Text(text) => Some(text),
        Loose::Number(number) => Some(number.to_string()),
        Loose::Flag(flag) => Some(flag.to_string()),
        Loose::Nothing(()) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded() {
        assert_eq!(percent_decoded("Constant%20Contact"), "Constant Contact");
        assert_eq!(percent_decoded("a+b%2Bc%"), "a+b+c%");
        assert_eq!(percent_decoded("%C3%A9%zz"), "é%zz");
    }
}
