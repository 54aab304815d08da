//! One contact as it came: its id and its fingerprint, before the rest is read.

use xxhash_rust::xxh3::xxh3_64;

use super::{mend::with_contact, wire::trimmed};
use crate::domain::ContactId;

/// The longest id that is believed; a UUID has 36 characters.
const ID_CHARS_MAX: usize = 100;

/// A record that cannot be read. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("contact {} cannot be read: {what}", contact_id.as_ref().map_or_else(|| "without id".to_owned(), ToString::to_string))]
pub struct OddRecord {
    /// Whose, if that much could be read.
    pub contact_id: Option<ContactId>,
    /// What is wrong.
    pub what: String,
    /// `xxh3_64` of the record's bytes, which tells it from other odd records.
    pub fingerprint: u64,
}

/// One contact as it came: its id, its fingerprint, and bytes that are not yet looked into. No `Debug`: personal data.
pub struct Record<'a> {
    /// Its id.
    pub id: ContactId,
    /// `xxh3_64` of the record's bytes: equal to the stored one means unchanged, so that conversion can be skipped.
    pub fingerprint: u64,
    /// The record's JSON.
    pub raw: &'a str,
}

impl<'a> Record<'a> {
    /// Takes a record's JSON and looks only for its id.
    ///
    /// # Errors
    /// When it is no object, or has no usable `contact_id`.
    pub fn new(raw: &'a str) -> Result<Self, OddRecord> {
        let odd = |what: &str| OddRecord {
            contact_id: None,
            what: what.to_owned(),
            fingerprint: xxh3_64(raw.as_bytes()),
        };
        let id = match leading_id(raw) {
            Some(id) => ContactId::new(id),
            None => {
                let id =
                    with_contact(raw, |contact| trimmed(contact.contact_id.as_ref()).map(ContactId::new));
                let id = id.map_err(|what| odd(&what))?;
                id.filter(|id| is_usable(&id.to_string())).ok_or_else(|| odd("no usable contact_id"))?
            }
        };
        Ok(Self { id, fingerprint: xxh3_64(raw.as_bytes()), raw })
    }
}

fn is_usable(id: &str) -> bool {
    id.len() <= ID_CHARS_MAX && id.bytes().any(|byte| byte != b'.') && !id.contains(char::is_control)
}

/// Reads the id where it is the record's first field, as it is in practice, without looking at the rest.
fn leading_id(raw: &str) -> Option<&str> {
    let rest = raw.strip_prefix('{')?.trim_start().strip_prefix("\"contact_id\"")?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (id, _) = rest.split_once('"')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!id.is_empty() && id.len() <= ID_CHARS_MAX && id.bytes().all(plain)).then_some(id)
}
