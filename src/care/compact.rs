//! Makes the store's files as small as what is in them: copies it into a new folder, and exchanges the two.

use std::path::Path;

use super::{
    CareError,
    restore::FILLING,
    room,
    swap::{Old, Swap},
};
use crate::store::{
    Store,
    engine::{Engine, ExportError, Options},
};

/// What a store takes, and what compacting it would save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes of its files.
    pub files: u64,
    /// Bytes of its entries.
    pub entries: u64,
}

/// The least that the files of a store take.
const FILES_MIN: u64 = 8 << 20;

impl Sizes {
    /// About how many bytes compacting would save: files take up to twice their entries.
    #[must_use]
    pub fn savings(&self) -> u64 {
        self.files.saturating_sub((self.entries * 2).max(FILES_MIN))
    }
}

/// Measures a store. Reads all of it, and blocks.
///
/// # Errors
/// [`CareError`].
pub fn sizes(store: &Store) -> Result<Sizes, CareError> {
    let dir = store.engine().dir();
    let files = room::bytes_in(dir).map_err(CareError::at(dir))?;
    let mut entries = 0;
    for entry in store.engine().reader().range([], None) {
        let (key, value) = entry?;
        entries += (key.len() + value.len()) as u64;
    }
    Ok(Sizes { files, entries })
}

/// A store that was made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes on the disk before.
    pub before: u64,
    /// Bytes on the disk now.
    pub after: u64,
}

/// Compacts the store of a folder of data. No process may have it.
///
/// # Errors
/// [`CareError`]; then the store is what it was.
pub fn compact(data_dir: &Path) -> Result<Compacted, CareError> {
    let swap = Swap::begin(data_dir)?;
    let store = swap.store();
    let bytes = |dir: &Path| room::bytes_in(dir).map_err(CareError::at(dir));
    let before = bytes(&store)?;
    let old = Engine::open(&store, Options { lock_wait: std::time::Duration::ZERO, ..FILLING })?;
    room::ensure(data_dir, before)?;
    let folder = swap.folder()?;
    let new = Engine::open(&folder, FILLING)?;
    let mut filling = new.filling();
    old.export(&mut |key, value| filling.add(key, value).map_err(std::io::Error::other)).map_err(
        |error| match error {
            ExportError::Store(error) => error.into(),
            other => CareError::of_export(other, &folder),
        },
    )?;
    filling.end()?;
    new.stop()?;
    drop(new);
    // Held through the exchange: a start in between would write into files that go.
    let _old = old.lock().map_err(CareError::at(&store))?;
    old.stop()?;
    drop(old);
    let after = bytes(&folder)?;
    swap.exchange(Old::Goes)?;
    Ok(Compacted { before, after })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::Changes;

    #[test]
    fn a_store_that_was_written_over_and_over_gets_smaller_as_was_told() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("store");
        let store = Store::open(&folder, FILLING).unwrap();
        let write = |value: u8| {
            for part in 0..40u32 {
                let mut changes = Changes::new();
                let key = |at: u32| [&[9; 4][..], &part.to_be_bytes(), &at.to_be_bytes()].concat();
                (0..100).for_each(|at| changes.put(key(at), [value; 400]));
                store.engine().submit_blocking(move |_| Ok((changes, ()))).unwrap();
            }
        };
        (0..30).for_each(write);
        let told = sizes(&store).unwrap();
        assert!((4_000 * 400..4_000 * 500).contains(&told.entries), "{told:?}");
        let entries = |store: &Store| {
            let entries = store.engine().reader().range([], None).map(|entry| entry.unwrap());
            entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect::<Vec<_>>()
        };
        let before = entries(&store);
        store.stop().unwrap();
        drop(store);
        let done = compact(dir.path()).unwrap();
        assert!(done.after < done.before, "{told:?} {done:?}");
        assert!(done.before - done.after >= told.savings() / 2, "{told:?} {done:?}");
        let store = Store::open(&folder, FILLING).unwrap();
        assert!(entries(&store) == before);
        store.stop().unwrap();
    }

    #[test]
    fn the_lock_of_a_store_outlives_its_engine() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), FILLING).unwrap();
        let lock = engine.lock().unwrap();
        engine.stop().unwrap();
        drop(engine);
        let now = Options { lock_wait: std::time::Duration::ZERO, ..FILLING };
        assert!(matches!(Engine::open(dir.path(), now), Err(crate::store::OpenError::Held { .. })));
        drop(lock);
        Engine::open(dir.path(), now).unwrap().stop().unwrap();
    }

    #[test]
    fn what_is_no_store_is_not_compacted() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(compact(dir.path()), Err(CareError::File { .. })));
        assert_eq!(Sizes { files: 9 << 20, entries: 1 }.savings(), 1 << 20);
        assert_eq!(Sizes { files: 9 << 20, entries: 8 << 20 }.savings(), 0);
    }
}
