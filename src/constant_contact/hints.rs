//! Hints: what the forwarding tools of customers post to `/hooks/constant-contact/...` (W5).
//!
//! Constant Contact has no webhook for contacts, so the bodies are whatever the customer mapped
//! (reference/constant-contact.md 8.3). Only the named contact is read; what a hint claims is no evidence.

use std::{collections::HashSet, fmt};

use serde_json::{Map, Value};

use crate::domain::ContactId;

/// The most hints of one body.
pub const HINTS_MAX: usize = 10_000;
/// How deep envelopes may be nested, counting text that holds JSON.
const DEPTH_MAX: usize = 6;
/// The longest id that is believed; a UUID has 36 characters.
const ID_CHARS_MAX: usize = 64;
/// The longest address (RFC 5321).
const EMAIL_CHARS_MAX: usize = 254;

/// The contact to read again. `Debug` hides the address.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Hint {
    /// This contact.
    Contact(ContactId),
    /// The contact with this address, trimmed.
    Email(String),
    /// An event that names no contact: worth a poll, at most once a minute.
    Nobody,
}

impl fmt::Debug for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(id) => write!(f, "Contact({id})"),
            Self::Email(_) => f.write_str("Email([email])"),
            Self::Nobody => f.write_str("Nobody"),
        }
    }
}

/// Why a body is refused. Holds none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HintError {
    /// Not JSON, or nested too deeply to be read.
    #[error("the body is not JSON")]
    Malformed,
    /// JSON, but neither an object nor an array.
    #[error("the body is neither an object nor an array")]
    NoObject,
    /// More than [`HINTS_MAX`] people.
    #[error("the body names more than {HINTS_MAX} contacts")]
    TooMany,
}

/// Reads a body: each hint once, in the order of the body. Never empty: a body without a contact is a hint without one.
///
/// # Errors
/// [`HintError`], to be answered by 400; [`HintError::TooMany`] is a hint that names no contact.
pub fn parse(body: &[u8]) -> Result<Vec<Hint>, HintError> {
    let value: Value = serde_json::from_slice(body).map_err(|_| HintError::Malformed)?;
    if !(value.is_object() || value.is_array()) {
        return Err(HintError::NoObject);
    }
    let mut reader = Reader::default();
    reader.read(&value, 0)?;
    if reader.hints.is_empty() || reader.nobody {
        reader.hints.push(Hint::Nobody);
    }
    Ok(reader.hints)
}

#[derive(Default)]
struct Reader {
    hints: Vec<Hint>,
    seen: HashSet<Hint>,
    nobody: bool,
}

impl Reader {
    /// Reads one value; says whether it named anybody, itself or within.
    fn read(&mut self, value: &Value, depth: usize) -> Result<bool, HintError> {
        if depth > DEPTH_MAX {
            return Ok(false);
        }
        match value {
            Value::Array(items) => {
                let mut named = false;
                for item in items {
                    if self.read(item, depth + 1)? {
                        named = true;
                    } else {
                        self.nobody = true;
                    }
                }
                Ok(named)
            }
            Value::Object(fields) => self.read_object(fields, depth),
            // Some tools forward a body within a body as text.
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
                match serde_json::from_str::<Value>(text) {
                    Ok(value) => self.read(&value, depth + 1),
                    Err(_) => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }

    fn read_object(&mut self, fields: &Map<String, Value>, depth: usize) -> Result<bool, HintError> {
        // The one webhook that Constant Contact has is a pointer to a partner's account (reference 8.1). Its `url` and
        // key say nothing about a contact.
        if is_billing(fields) {
            self.nobody = true;
            return Ok(true);
        }
        let own = own_hint(fields);
        let mut named = own.is_some();
        if let Some(hint) = own {
            self.push(hint)?;
        }
        for name in ["contact", "contacts", "data", "body", "payload", "events", "event", "records", "items"]
        {
            if let Some(value) = fields.get(name) {
                named |= self.read(value, depth + 1)?;
            }
        }
        Ok(named)
    }

    fn push(&mut self, hint: Hint) -> Result<(), HintError> {
        if self.seen.insert(hint.clone()) {
            if self.hints.len() >= HINTS_MAX {
                return Err(HintError::TooMany);
            }
            self.hints.push(hint);
        }
        Ok(())
    }
}

/// Whom the object names with its own fields: the id if there is one, else the address.
fn own_hint(fields: &Map<String, Value>) -> Option<Hint> {
    let id =
        ["contact_id", "contactId", "contact__contact_id"].into_iter().find_map(|name| id(fields.get(name)?));
    if let Some(id) = id {
        return Some(Hint::Contact(id));
    }
    let direct = ["email_address", "email", "email_address__address", "contact__email_address__address"];
    direct.into_iter().find_map(|name| email(fields.get(name)?)).map(Hint::Email)
}

fn id(value: &Value) -> Option<ContactId> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!text.is_empty() && text.len() <= ID_CHARS_MAX && text.bytes().all(plain)).then(|| ContactId::new(&text))
}

/// An address, as text or within `email_address`'s object.
fn email(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim(),
        Value::Object(fields) => fields.get("address")?.as_str()?.trim(),
        _ => return None,
    };
    let (local, domain) = text.rsplit_once('@')?;
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    (plain && !local.is_empty() && !domain.is_empty() && text.len() <= EMAIL_CHARS_MAX)
        .then(|| text.to_owned())
}

fn is_billing(fields: &Map<String, Value>) -> bool {
    let kind = fields.get("event_type").and_then(Value::as_str).unwrap_or_default();
    matches!(kind, "tier.increase" | "tier.decrease" | "account.cancel" | "account.disable")
}

#[cfg(test)]
#[path = "hints_tests.rs"]
mod tests;
