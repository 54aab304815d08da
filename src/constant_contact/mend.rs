//! Reading a contact that the quick reader refuses.

use serde::Deserialize;

use super::{body::what, wire::Contact};

/// Reads a whole record and shows it to `look`; the error says what is wrong, without personal data.
pub(super) fn with_contact<R>(raw: &str, look: impl FnOnce(&Contact<'_>) -> R) -> Result<R, String> {
    // A list would be taken for the fields in their order.
    if !raw.starts_with('{') {
        return Err("not an object".to_owned());
    }
    match serde_json::from_str::<Contact<'_>>(raw) {
        Ok(contact) => Ok(look(&contact)),
        Err(_) => {
            let value = mended(raw)?;
            Contact::deserialize(&value).map(|contact| look(&contact)).map_err(|error| what(&error))
        }
    }
}

/// Reads a record that the quick reader refused: a name that was cut within an emoji leaves half a surrogate pair, and a
/// field may come twice (the last one counts). Neither may hide an opt-out (P1).
fn mended(raw: &str) -> Result<serde_json::Value, String> {
    let text = mend_surrogates(raw);
    match serde_json::from_str(&text) {
        Ok(value @ serde_json::Value::Object(_)) => Ok(value),
        Ok(_) => Err("not an object".to_owned()),
        Err(error) => Err(what(&error)),
    }
}

/// Replaces each `\uD8xx` escape that has no other half by `\uFFFD`.
fn mend_surrogates(raw: &str) -> String {
    let unit = |at: usize| -> Option<u32> {
        let escape = raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(escape, 16).ok()
    };
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while let Some(found) = raw[at..].find('\\') {
        out.push_str(&raw[at..at + found]);
        at += found;
        let len = match (unit(at), unit(at + 6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                at += 6;
                continue;
            }
            // Any other escape: the backslash and the character after it, so that `\\u` is not taken for `\u`.
            _ => 1 + raw[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&raw[at..at + len]);
        at += len;
    }
    out.push_str(&raw[at..]);
    out
}
