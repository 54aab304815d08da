//! Making a group durable: the last step of a group, and the only step on the disk.

use super::{core::Core, error::StoreError, marker::Marker};

/// The marker file costs three syncs, so it follows the groups at this distance.
const MARK_EVERY: u64 = 128;

impl Core {
    /// Makes the group durable that the tree has taken in, with everything before it: flush, `fdatasync`, and the marker at its
    /// distance. Called once a group, before its operations are answered.
    pub(super) fn durable(&self, group: Marker) -> Result<(), StoreError> {
        if self.sync {
            self.guard(|| self.flush_and_sync())?;
        }
        self.progress().now = group;
        if self.sync { self.mark(MARK_EVERY) } else { Ok(()) }
    }

    /// At the end: everything durable, and the marker up to date.
    pub(super) fn durable_at_close(&self) -> Result<(), StoreError> {
        self.guard(|| self.flush_and_sync())?;
        self.mark(1)
    }

    /// sled's flush ends in `sync_file_range`, which saves neither the file's size nor the disk's cache.
    fn flush_and_sync(&self) -> Result<(), String> {
        self.db.flush().map_err(|error| error.to_string())?;
        self.file.sync_data().map_err(|error| error.to_string())
    }

    /// Brings the marker file up to date if it is `distance` or more groups behind. The first group of a new store is
    /// marked at once, because from then on an empty store is a lost one.
    fn mark(&self, distance: u64) -> Result<(), StoreError> {
        let mut progress = self.progress();
        let behind = progress.now.group - progress.marked;
        if behind >= distance || (behind > 0 && progress.marked == 0) {
            let now = progress.now;
            self.guard(|| now.write(&self.dir).map_err(|error| error.to_string()))?;
            progress.marked = now.group;
        }
        Ok(())
    }
}
