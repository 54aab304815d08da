//! The keys that change while an export reads.
//!
//! sled has no snapshots, so an export scans while groups come in, and reads again what changed behind it. Only keys are
//! kept, and the export takes them as it goes, so that their memory is bounded by what changes during one step of it.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use sled::IVec;

use super::{changes::RESERVED, reader::Pending};

/// More than this since the export last took them means that it stands still: its disk hangs.
const BYTES_MAX: usize = 16 << 20;
/// What a key costs beside its own bytes.
const KEY_COST: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Touched(Mutex<Option<Keys>>);

/// Keys that changed since they were last taken.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) keys: BTreeSet<IVec>,
    pub(super) too_many: bool,
    bytes: usize,
}

impl Keys {
    /// Whether these are all that changed, and no more than `most`.
    pub(super) fn is_few(&self, most: usize) -> bool {
        !self.too_many && self.keys.len() <= most
    }
}

impl Touched {
    /// Starts listening, unless another export does.
    pub(super) fn start(&self) -> bool {
        let mut listening = self.lock();
        let free = listening.is_none();
        if free {
            *listening = Some(Keys::default());
        }
        free
    }

    /// The keys that changed since the last call; listening goes on.
    pub(super) fn take(&self) -> Keys {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Puts back what was taken by the same operation, between two groups.
    pub(super) fn put_back(&self, keys: Keys) {
        *self.lock() = Some(keys);
    }

    /// Ends listening.
    pub(super) fn end(&self) {
        self.lock().take();
    }

    /// Hears a group that the tree has taken in: a reading of its keys from now on shows what the group made of them.
    pub(super) fn hear(&self, group: &Pending) {
        let mut listening = self.lock();
        let Some(heard) = listening.as_mut().filter(|heard| !heard.too_many) else { return };
        for key in group.keys().filter(|key| !key.starts_with(&RESERVED)) {
            if heard.keys.insert(key.clone()) {
                heard.bytes += key.len() + KEY_COST;
            }
        }
        if heard.bytes > BYTES_MAX {
            *heard = Keys { too_many: true, ..Keys::default() };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Keys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(keys: impl Iterator<Item = u32>) -> Pending {
        keys.map(|key| (key.to_be_bytes().as_slice().into(), None)).collect()
    }

    #[test]
    fn b4_keys_that_are_not_taken_are_bounded() {
        let touched = Touched::default();
        touched.hear(&group(0..10));
        assert!(touched.start() && !touched.start());
        touched.hear(&group(0..10));
        touched.hear(&group(5..15));
        let heard = touched.take();
        assert!(heard.is_few(15) && !heard.is_few(14));
        touched.put_back(heard);
        assert_eq!(touched.take().keys.len(), 15);
        for from in 0..1_000 {
            touched.hear(&group(from * 1_000..from * 1_000 + 1_000));
        }
        let heard = touched.take();
        assert!(heard.too_many && heard.keys.is_empty() && !heard.is_few(15));
        touched.hear(&group(0..3));
        assert_eq!(touched.take().keys.len(), 3, "it listens on");
    }
}
