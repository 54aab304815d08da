//! Lines of a subject's timeline on disk.

use crate::domain::{Event, Timestamp, What};

use super::{
    reason::{StoredReason, read_reason, reason},
    time::Millis,
};

/// A timeline line as (time, kind, reason).
pub(super) type StoredEvent = (Millis, u8, StoredReason);

pub(super) fn event(event: &Event) -> StoredEvent {
    (event.at.as_millis(), event.what as u8, reason(&event.reason))
}

pub(super) fn read_event((at, what, stored): StoredEvent) -> Event {
    Event {
        at: Timestamp::from_millis(at),
        what: What::from_code(what).unwrap_or(What::Seen),
        reason: read_reason(stored),
    }
}
