//! Hints and events that wait to be followed: when each was received, when it is due, how long it is put off (B3).

use std::time::Duration;

use crate::domain::Timestamp;

/// First wait of one that cannot be followed.
const WAIT: Duration = Duration::from_secs(5);
/// Longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// When one is received, in milliseconds: later than the one in whose place it stands, which may be followed right now, even within
/// its millisecond or by a clock set back. What answers that one must not answer this one.
pub(super) fn received_at(now: Timestamp, before: Option<i64>) -> i64 {
    before.map_or(now.as_millis(), |before| now.as_millis().max(before.saturating_add(1)))
}

/// When one is due again that cannot be followed: the older it is, the longer it waits.
pub(super) fn put_off(now: Timestamp, received_at: Timestamp) -> Timestamp {
    now.plus(now.since(received_at).clamp(WAIT, WAIT_MAX))
}

/// Whether one waits. What is due further off than any wait was put off by a clock that has been set back since.
pub(super) fn waits(now: Timestamp, due: Timestamp) -> bool {
    due > now && due <= now.plus(WAIT_MAX)
}
