//! Identifiers and times as both simulators keep and write them: compact, and quick to put into a page of 500.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain::{CcId, Timestamp};

/// A UUID in 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid(pub u128);

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Uuid {
    /// A version 1 UUID such as Constant Contact gives (reference 3.3): made from a time, with the node prefix that its
    /// live ids show; `serial` and `random` keep ids of one moment apart.
    #[must_use]
    pub fn v1(at: Timestamp, serial: u64, random: u64) -> Self {
        /// 100-nanosecond steps between 1582-10-15 and 1970-01-01.
        const GREGORIAN: u128 = 0x01b2_1dd2_1381_4000;
        let ticks = u128::from(at.as_millis().max(0).unsigned_abs()) * 10_000
            + GREGORIAN
            + u128::from(serial % 10_000);
        let low = ticks & 0xffff_ffff;
        let mid = (ticks >> 32) & 0xffff;
        let high = ((ticks >> 48) & 0x0fff) | 0x1000;
        let clock = u128::from(random & 0x3fff) | 0x8000;
        let node = 0xfa16_3e00_0000_u128 | u128::from((random >> 16) & 0xff_ffff);
        Self((low << 96) | (mid << 80) | (high << 64) | (clock << 48) | node)
    }

    fn encode(self) -> [u8; 36] {
        let mut text = [b'-'; 36];
        let mut shift = 128;
        for (at, byte) in text.iter_mut().enumerate() {
            if !matches!(at, 8 | 13 | 18 | 23) {
                shift -= 4;
                *byte = HEX[usize::from((self.0 >> shift) as u8 & 0xf)];
            }
        }
        text
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no UUID in the form 8-4-4-4-12")]
pub struct InvalidUuid(String);

impl FromStr for Uuid {
    type Err = InvalidUuid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match CcId::new(&text.to_ascii_lowercase()) {
            CcId::Uuid(bits) => Ok(Self(bits)),
            CcId::Text(_) => Err(InvalidUuid(text.to_owned())),
        }
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A time in whole seconds, as Constant Contact keeps and shows it (reference 3.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Stamp(i64);

impl Stamp {
    /// `at`, cut to its second.
    #[must_use]
    pub const fn at(at: Timestamp) -> Self {
        Self(at.as_secs())
    }

    /// The start of this second.
    #[must_use]
    pub const fn timestamp(self) -> Timestamp {
        Timestamp::from_secs(self.0)
    }

    fn encode(self) -> [u8; 20] {
        let at = self.timestamp().to_datetime();
        let mut text = *b"0000-00-00T00:00:00Z";
        let mut put = |from: usize, digits: usize, mut value: u32| {
            for place in text[from..from + digits].iter_mut().rev() {
                *place = b'0' + (value % 10) as u8;
                value /= 10;
            }
        };
        put(0, 4, at.year().unsigned_abs());
        put(5, 2, at.month());
        put(8, 2, at.day());
        put(11, 2, at.hour());
        put(14, 2, at.minute());
        put(17, 2, at.second());
        text
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.encode()).unwrap_or_default())
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).map(Self::at).ok_or_else(|| D::Error::custom(format!("{text:?} is no time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_look_as_they_do_in_practice() {
        let at = Timestamp::parse("2024-10-30T18:56:35Z").unwrap();
        let id = Uuid::v1(at, 7, 0x1234_5678_9abc_def0);
        let text = id.to_string();
        assert_eq!(&text[14..15], "1", "{text}");
        assert!(text[24..].starts_with("fa163e"), "{text}");
        assert_eq!(text.parse(), Ok(id));
        assert!(matches!(CcId::new(&text), CcId::Uuid(bits) if bits == id.0));
        assert!("7".parse::<Uuid>().is_err());
    }

    #[test]
    fn stamps_have_seconds() {
        let at = Timestamp::parse("2024-10-30T18:56:35.999Z").unwrap();
        assert_eq!(Stamp::at(at).to_string(), "2024-10-30T18:56:35Z");
        assert_eq!(Stamp::at(at).to_string(), at.to_rfc3339_secs());
    }
}
