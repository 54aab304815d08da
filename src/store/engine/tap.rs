//! Recording changes while an export reads.
//!
//! sled has no snapshots, so an export scans while groups come in, and then adds what changed since it began: the
//! result is the store as it was at the end of the export, with whole groups.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sled::IVec;

use super::{pieces::as_made, reader::Pending};

/// More than this changed during one export means that it should be tried at a quieter time.
const LIMIT: usize = 256 << 20;

#[derive(Debug, Default)]
pub(super) struct Tap(Mutex<Option<Recording>>);

/// The changes in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Recording {
    pub(super) changes: Vec<(IVec, Option<IVec>)>,
    pub(super) too_much: bool,
    bytes: usize,
}

impl Tap {
    /// Starts recording, unless another export does.
    pub(super) fn start(&self) -> bool {
        let mut recording = self.lock();
        let free = recording.is_none();
        if free {
            *recording = Some(Recording::default());
        }
        free
    }

    /// Ends recording.
    pub(super) fn take(&self) -> Recording {
        self.lock().take().unwrap_or_default()
    }

    pub(super) fn record(&self, pending: &Pending) {
        if let Some(recording) = self.lock().as_mut().filter(|recording| !recording.too_much) {
            for (key, value) in as_made(pending) {
                recording.bytes += key.len() + value.as_ref().map_or(0, |value| value.len());
                recording.changes.push((key, value));
            }
            if recording.bytes > LIMIT {
                *recording = Recording { too_much: true, ..Recording::default() };
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Recording>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
