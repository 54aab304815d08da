//! From a body's bytes to the JSON object that it holds.

use serde::Deserialize;

use super::CcError;

/// Reads the object that a body is.
pub(super) fn decode<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, CcError> {
    // A list would be taken for the fields in their order.
    if !body.trim_start().starts_with('{') {
        return Err(CcError::Odd("the body is no JSON object".to_owned()));
    }
    serde_json::from_str(body).map_err(|error| CcError::Odd(format!("the body is {}", what(&error))))
}

/// A body as text; a byte that is no UTF-8 costs a character, not the page.
pub(super) fn into_text(body: Vec<u8>) -> String {
    String::from_utf8(body).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// What is wrong with a JSON text, without a word of the text itself: serde's own messages quote values.
pub(super) fn what(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let kind = match error.classify() {
        Category::Io => "unreadable",
        Category::Syntax => "not JSON",
        Category::Data => "not of the expected shape",
        Category::Eof => "cut off",
    };
    format!("{kind} at line {} column {}", error.line(), error.column())
}
