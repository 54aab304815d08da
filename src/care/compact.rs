//! Makes the store's files as small as what is in them: copies it into a new folder, and exchanges the two.

use std::path::Path;

use super::{
    CareError,
    restore::FILLING,
    room,
    swap::{Old, Swap},
};
use crate::store::engine::{Engine, ExportError, Options};

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
    old.stop()?;
    drop(old);
    let after = bytes(&folder)?;
    swap.exchange(Old::Goes)?;
    Ok(Compacted { before, after })
}
