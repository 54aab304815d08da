//! Pages of contacts, and where the next one is.

use std::ops::Range;

use serde_json::value::RawValue;

use super::{
    CcError,
    body::{decode, into_text},
    record::{OddRecord, Record},
    wire::{ContactsEnvelope, Links, number},
};
use crate::domain::{ContactId, Observation, Timestamp};

/// The path and query of one page, beginning with `/v3/`: built by [`super::streams`] for a first page, and given by the
/// page before for the others. May hold an address in its query, so `Debug` shows the path only.
#[derive(Clone, PartialEq, Eq)]
pub struct PagePath(String);

impl PagePath {
    /// A first page: `path` beginning with `/v3/`, and a query of parameters, which are encoded here.
    #[must_use]
    pub fn first(path: &str, query: &[(&str, &str)]) -> Self {
        let mut text = path.to_owned();
        for (at, (name, value)) in query.iter().enumerate() {
            text.push(if at == 0 { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            percent_encode(value, &mut text);
        }
        Self(text)
    }

    /// A next page of contacts that was stored on the way; `None` if the text is none.
    #[must_use]
    pub fn stored(path: &str) -> Option<Self> {
        path.starts_with("/v3/contacts?").then(|| Self(path.to_owned()))
    }

    /// The page after this one, as the server gave it: `None` on the last page.
    ///
    /// Only an address of the same host and the same collection is taken (reference/constant-contact.md 10.20): a path
    /// that begins like this page's, or the same after `api_url`.
    ///
    /// # Errors
    /// [`CcError::Odd`] when the address leads elsewhere, or back to this page.
    pub fn follow(&self, href: Option<&str>, api_url: &str) -> Result<Option<Self>, CcError> {
        let Some(href) = href else { return Ok(None) };
        let path = href.strip_prefix(api_url).unwrap_or(href);
        let collection = self.collection();
        // In a path, dots that lead upwards may be written as escapes, and a backslash stands for a slash.
        let stays = |rest: &str| {
            let path = rest.split('?').next().unwrap_or_default();
            !path.starts_with('/')
                && !path.contains("..")
                && !path.contains(['%', '\\'])
                && !path.contains("//")
        };
        let in_collection = path.strip_prefix(collection).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('?') || (collection.ends_with('/') && stays(rest))
        });
        if !in_collection || path.contains(|c: char| c.is_control() || c.is_whitespace() || c == '#') {
            return Err(CcError::Odd(format!("the next page's address does not begin with {collection}")));
        }
        if path == self.0 {
            return Err(CcError::Odd("the next page's address is the page's own".to_owned()));
        }
        Ok(Some(Self(path.to_owned())))
    }

    /// What a next page's path must begin with. The form of a report's next page is not documented.
    fn collection(&self) -> &str {
        const REPORTS: &str = "/v3/reports/";
        if self.0.starts_with(REPORTS) { REPORTS } else { self.path() }
    }

    /// The same page, with one more parameter.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut path = format!("{}{}{name}=", self.0, if self.0.contains('?') { '&' } else { '?' });
        percent_encode(value, &mut path);
        Self(path)
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split('?').next().unwrap_or_default()
    }

    /// Path and query.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PagePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path())
    }
}

/// Records from which on an answer is no page: 500 are asked for at most.
pub(super) const RECORDS_MAX: usize = 2_000;

/// What is said of an answer with more records.
pub(super) fn too_many(records: usize) -> String {
    format!("a page of {records} records, which nothing asked for")
}

/// Percent-encodes a query value or a path segment. Commas and colons stay as they are: they are legal there, and keep
/// requests readable. `+` is encoded, since the API reads it as a space (reference/constant-contact.md 3.1).
pub(super) fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' | b':' => {
                out.push(char::from(byte));
            }
            _ => {
                const HEX: &[u8; 16] = b"0123456789ABCDEF";
                out.push('%');
                out.push(char::from(HEX[usize::from(byte >> 4)]));
                out.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
}

/// A page of a small collection: lists, tags, fields, campaigns, bounces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// The number of items that could not be read.
    pub odd: usize,
    /// Where the next one is; `None` on the last page.
    pub next: Option<PagePath>,
}

/// A page of `GET /contacts`. No `Debug`: personal data.
pub struct ContactsPage {
    body: String,
    rows: Vec<(ContactId, u64, Range<usize>)>,
    /// Records that could not be read; the others are not touched by them.
    pub problems: Vec<OddRecord>,
    /// `contacts_count`: how many match the whole query, if it was asked for.
    pub total: Option<u64>,
    /// Where the next page is; `None` on the last one.
    pub next: Option<PagePath>,
}

impl ContactsPage {
    /// Decodes a page that was asked for at `at`. Takes any bytes; text that is no UTF-8 is mended.
    ///
    /// # Errors
    /// [`CcError::Odd`] when the body is no page of contacts at all, or names a next page that must not be followed.
    pub fn decode(body: Vec<u8>, at: &PagePath, api_url: &str) -> Result<Self, CcError> {
        let body = into_text(body);
        let envelope: ContactsEnvelope<'_> = decode(&body)?;
        if envelope.contacts.len() > RECORDS_MAX {
            return Err(CcError::Odd(too_many(envelope.contacts.len())));
        }
        let next = at.follow(Links::next(envelope.links).as_deref(), api_url)?;
        let total = number(envelope.contacts_count.as_ref());
        let mut rows = Vec::with_capacity(envelope.contacts.len());
        let mut problems = Vec::new();
        for contact in envelope.contacts {
            match Record::new(contact.get()) {
                Ok(record) => rows.push((record.id, record.fingerprint, place(&body, contact))),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(Self { rows, problems, total, next, body })
    }

    /// The records that have an id, in the page's order.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        self.rows.iter().map(|(id, fingerprint, place)| Record {
            id: id.clone(),
            fingerprint: *fingerprint,
            raw: &self.body[place.clone()],
        })
    }

    /// How many contacts the page holds, odd ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() + self.problems.len()
    }

    /// Whether the page holds no contact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Converts every record: what could be read, and what could not.
    #[must_use]
    pub fn observe_all(&self, seen_at: Timestamp) -> (Vec<Observation>, Vec<OddRecord>) {
        let mut problems = self.problems.clone();
        let mut observations = Vec::with_capacity(self.rows.len());
        for record in self.records() {
            match record.observe(seen_at) {
                Ok(observation) => observations.push(observation),
                Err(problem) => problems.push(problem),
            }
        }
        (observations, problems)
    }
}

/// Where within `body` a value that was borrowed from it lies. Kept instead of the borrow, so that a page owns its bytes.
fn place(body: &str, value: &RawValue) -> Range<usize> {
    let start = value.get().as_ptr() as usize - body.as_ptr() as usize;
    start..start + value.get().len()
}

/// One contact as `GET` or `PUT /contacts/{contact_id}` gave it. No `Debug`: personal data.
pub struct ContactRead(String);

impl ContactRead {
    /// Takes the answer's body, any bytes.
    #[must_use]
    pub fn new(body: Vec<u8>) -> Self {
        Self(into_text(body).trim().to_owned())
    }

    /// The contact.
    ///
    /// # Errors
    /// When the body is no contact.
    pub fn record(&self) -> Result<Record<'_>, OddRecord> {
        Record::new(&self.0)
    }
}

#[cfg(test)]
#[path = "page_tests.rs"]
mod tests;
