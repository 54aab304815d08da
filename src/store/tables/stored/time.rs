//! Times on disk.

use crate::domain::Timestamp;

/// A time as milliseconds.
pub(super) type Millis = i64;

pub(super) fn millis(at: Option<Timestamp>) -> Option<Millis> {
    at.map(Timestamp::as_millis)
}

pub(super) fn time(at: Option<Millis>) -> Option<Timestamp> {
    at.map(Timestamp::from_millis)
}
