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
        if self.sync {
            self.mark(MARK_EVERY);
        }
        Ok(())
    }

    /// At the end: everything durable, and the marker up to date.
    pub(super) fn durable_at_close(&self) -> Result<(), StoreError> {
        self.guard(|| self.flush_and_sync())?;
        self.mark(1);
        Ok(())
    }

    /// sled's flush ends in `sync_file_range`, which saves neither the file's size nor the disk's cache.
    fn flush_and_sync(&self) -> Result<(), String> {
        self.db.flush().map_err(|error| error.to_string())?;
        self.file.sync_data().map_err(|error| error.to_string())
    }

    /// Brings the marker file up to date if it is `distance` or more groups behind. The first group of a new store is
    /// marked at once, because from then on an empty store is a lost one. The file may lag: where it cannot be written, for want of
    /// file handles or room, the group is durable all the same, and the next one tries again (B4).
    fn mark(&self, distance: u64) {
        let mut progress = self.progress();
        let behind = progress.now.group - progress.marked;
        if behind < distance && (behind == 0 || progress.marked > 0) {
            return;
        }
        match progress.now.write(&self.dir, &self.folder) {
            Ok(()) => {
                progress.marked = progress.now.group;
                progress.lags = false;
            }
            Err(error) => {
                if !std::mem::replace(&mut progress.lags, true) {
                    let (folder, group) = (self.dir.display(), progress.marked);
                    tracing::warn!(%folder, %error, group, "the store's marker file cannot be written and stays at an older group; all else is safe, and it is tried again with each group");
                }
            }
        }
    }
}
