//! The polls as requests: pure, one file a stream. Windows and cursors (W1, W2) are decided in `sync`.

pub mod changes;
pub mod counts;
pub mod fields;
pub mod lists;
pub mod members;
pub mod optouts;

/// The collection of contacts.
pub const CONTACTS: &str = "/v3/contacts";
/// The most contacts, lists or tags of one page.
pub const PAGE_LIMIT: u64 = 500;

/// What to read with a contact. Always all that the customer's mapping needs, so that a record is whole whichever
/// stream it comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// Custom fields, lists, phones, addresses.
    Record,
    /// The same and tags (S6).
    RecordAndTags,
}

impl Include {
    /// With tags only if the customer maps them.
    #[must_use]
    pub const fn with_tags(tags: bool) -> Self {
        if tags { Self::RecordAndTags } else { Self::Record }
    }

    /// The parameter's value (reference/constant-contact.md 3.1).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "custom_fields,list_memberships,phone_numbers,street_addresses",
            Self::RecordAndTags => "custom_fields,list_memberships,phone_numbers,street_addresses,taggings",
        }
    }
}

/// The number of calls that reading `contacts` contacts takes: an empty answer is a call too.
#[must_use]
pub const fn calls_for(contacts: u64) -> u64 {
    if contacts == 0 { 1 } else { contacts.div_ceil(PAGE_LIMIT) }
}

#[cfg(test)]
#[path = "streams/tests.rs"]
mod tests;
