//! What Tandem wrote and no reading has shown yet, and what it wrote again and again (E1, E3).

use super::{AgreedConsent, MethodId, SegmentKey, Timestamp, VirtuousContactId};

/// How a contact of Virtuous was read. An event carries the contact as it was when it left; a single contact lags behind it by seconds,
/// and a query or a page of contacts by minutes: each may show what was so before the other (E1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadBy {
    /// The delivery of an event told the whole contact.
    Event,
    /// The contact was asked for by itself.
    Id,
    /// A query, or a page of all contacts.
    Page,
}

/// What has shown a write so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Nothing yet.
    Awaited,
    /// An event; a reading may lag behind it.
    Event,
    /// The contact itself or a page; only a page may lag behind that.
    Reading,
}

/// A facet of the linked contact, or of a further one with the address, that Tandem wrote. Until a reading shows it, a reading with
/// the value from before is late, and no person's wish; for a while longer, so is a reading behind what has shown it (E1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// The contact that was written to.
    pub contact: VirtuousContactId,
    /// What was written.
    pub facet: Written,
    /// When it was written, by Tandem's clock.
    pub at: Timestamp,
    /// What has shown it.
    pub sight: Sight,
    /// Readings so far that were due and did not show it.
    pub looks: u8,
    /// When the contact is read again; `None` as long as no reading contradicts.
    pub next_look: Option<Timestamp>,
}

/// What was written to one facet, and what it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A tag was put on, or taken off.
    Tag {
        /// What the tag stands for.
        segment: SegmentKey,
        /// Its name.
        name: String,
        /// Whether it was put on.
        on: bool,
    },
    /// The opt-in of an email method.
    OptIn {
        /// The method.
        method: MethodId,
        /// The value that was written.
        opted_in: bool,
        /// `modifiedDateTimeUtc` of the method in the answer to the write, or before the write if the answer told none.
        modified_at: Option<Timestamp>,
        /// What was agreed on before.
        agreed: Option<AgreedConsent>,
    },
    /// The address of an email method.
    Email {
        /// The method.
        method: MethodId,
        /// The address before, as compared.
        before: String,
        /// The address that was written.
        value: String,
        /// `modifiedDateTimeUtc` of the method in the answer to the write, or before the write if the answer told none.
        modified_at: Option<Timestamp>,
    },
    /// A custom field.
    Field {
        /// Its name.
        name: String,
        /// The value before; empty for none.
        before: String,
        /// The value that was written; empty for none.
        value: String,
    },
    /// The subscriber's reference.
    Reference,
}

/// A field that Virtuous shows in another form than it was sent in: agreed on in that form (E3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownForm {
    /// The field's name.
    pub name: String,
    /// What was sent.
    pub sent: String,
    /// What it is shown as.
    pub shown: String,
    /// Since when.
    pub since: Timestamp,
}

/// How often the same was written within a day (E3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// A hash of the effect's kind and content.
    pub key: u64,
    /// How often within the day.
    pub times: u32,
    /// The last time.
    pub last: Timestamp,
}
