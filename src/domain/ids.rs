//! Identifiers of both systems, each its own type.

use std::{fmt, str::FromStr};

/// An id that Constant Contact gave: a UUID in practice, kept in 16 bytes; any other text is kept as it is.
///
/// Ordered and compared by its textual form's bytes within each kind; the text round-trips exactly.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CcId {
    /// A canonical lower-case `8-4-4-4-12` UUID.
    Uuid(u128),
    /// Anything else.
    Text(Box<str>),
}

impl CcId {
    /// Takes the text of an id.
    #[must_use]
    pub fn new(text: &str) -> Self {
        parse_canonical_uuid(text).map_or_else(|| Self::Text(text.into()), Self::Uuid)
    }
}

impl fmt::Display for CcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(bits) => write!(
                f,
                "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                bits >> 96,
                (bits >> 80) & 0xffff,
                (bits >> 64) & 0xffff,
                (bits >> 48) & 0xffff,
                bits & 0xffff_ffff_ffff
            ),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for CcId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads a UUID only in the form that [`CcId`]'s display gives back.
fn parse_canonical_uuid(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 {
        return None;
    }
    let mut bits: u128 = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let digit = match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => byte - b'0',
            (_, b'a'..=b'f') => byte - b'a' + 10,
            _ => return None,
        };
        bits = (bits << 4) | u128::from(digit);
    }
    Some(bits)
}

macro_rules! cc_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub CcId);

        impl $name {
            /// Takes the text of an id.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(CcId::new(text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

cc_id! {
    /// A Constant Contact `contact_id`: what a subscriber *is* (I1).
    ContactId
}
cc_id! {
    /// A Constant Contact `list_id`: what a list *is*, whatever its name (S1).
    ListId
}
cc_id! {
    /// A Constant Contact `custom_field_id`.
    FieldId
}
cc_id! {
    /// A Constant Contact `tag_id` (S6).
    CcTagId
}

macro_rules! virtuous_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

virtuous_id! {
    /// A Virtuous contact (a household or an organisation): holds tags, notes, references.
    VirtuousContactId
}
virtuous_id! {
    /// A person within a Virtuous contact: holds contact methods.
    IndividualId
}
virtuous_id! {
    /// A ContactMethod: one address or number of an individual, with its opt-in.
    MethodId
}
virtuous_id! {
    /// A tag of the organisation.
    TagId
}

/// A customer of the integrator: the nonprofit's short name, `[a-z0-9-]{1,40}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerId(Box<str>);

impl CustomerId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a text is no customer id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a customer id is 1 to 40 of a-z, 0-9 and -, which {0:?} is not")]
pub struct InvalidCustomerId(String);

impl FromStr for CustomerId {
    type Err = InvalidCustomerId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=40).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidCustomerId(text.to_owned()))
        }
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_text() {
        for text in ["af73e650-96f0-11ef-b2a0-fa163eafb85e", "AF73E650-96F0-11EF-B2A0-FA163EAFB85E", "7", ""]
        {
            assert_eq!(CcId::new(text).to_string(), text);
        }
        assert!(matches!(CcId::new("af73e650-96f0-11ef-b2a0-fa163eafb85e"), CcId::Uuid(_)));
        assert!(matches!(CcId::new("AF73E650-96F0-11EF-B2A0-FA163EAFB85E"), CcId::Text(_)));
    }

    #[test]
    fn customer_ids_are_checked() {
        assert!("hope-2".parse::<CustomerId>().is_ok());
        for bad in ["", "Hope", "a b", &"x".repeat(41)] {
            assert!(bad.parse::<CustomerId>().is_err(), "{bad}");
        }
    }
}
