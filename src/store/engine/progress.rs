//! What the engine knows of the disk.

use super::marker::Marker;

/// How far the store is on the disk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    /// The last group that is durable.
    pub(super) now: Marker,
    /// The group that the marker file names.
    pub(super) marked: u64,
    /// Whether the marker file could not be written last time, which was told.
    pub(super) lags: bool,
}
