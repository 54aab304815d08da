//! The steps from older layouts to the present one, in order, each an atomic group; a newer layout is refused.
//!
//! A layout is what keys mean and which versions of values may stand there. A new version of a value alone needs no
//! step: it is read by its version byte and written anew when it changes.

use std::path::Path;

use super::{
    codec,
    engine::{Changes, Engine, OpenError, Reader, StoreError},
    tables::{email_keys, keys::Key, kind::Kind},
};

/// The layout that this program writes.
pub const LATEST: u32 = 3;

const LAYOUT_V1: u8 = 1;

/// One step: from the layout of its place in the list (the first leads from 1 to 2).
type Step = fn(&Reader<'_>, &mut Changes) -> Result<(), StoreError>;

/// The steps, oldest first. A step that was released is never changed.
const STEPS: [Step; LATEST as usize - 1] = [email_keys::renew, email_keys::add_former];

/// Brings a store to the present layout.
///
/// # Errors
/// [`OpenError::Newer`] for a newer layout; the step's own failure.
pub fn migrate(engine: &Engine, dir: &Path) -> Result<(), OpenError> {
    let failed = |error: StoreError| OpenError::Folder {
        path: dir.to_owned(),
        source: std::io::Error::other(error.to_string()),
    };
    let key = Key::of(0, Kind::Meta);
    let value = engine.reader().get(&key).map_err(failed)?;
    let found = match value {
        Some(value) => codec::decode::<u32>(LAYOUT_V1, &value).map_err(|error| failed(error.into()))?,
        // A store that was just made.
        None => 0,
    };
    if found > LATEST {
        return Err(OpenError::Newer { dir: dir.to_owned(), found, known: LATEST });
    }
    let first = if found == 0 { LATEST } else { found };
    for to in first..LATEST {
        let step = STEPS[to as usize - 1];
        set_layout(engine, to + 1, step).map_err(failed)?;
    }
    if found == 0 {
        set_layout(engine, LATEST, |_, _| Ok(())).map_err(failed)?;
    }
    Ok(())
}

fn set_layout(engine: &Engine, layout: u32, step: Step) -> Result<(), StoreError> {
    engine.submit_blocking(move |reader| {
        let mut changes = Changes::new();
        step(reader, &mut changes)?;
        changes.put(Key::of(0, Kind::Meta), codec::encode(LAYOUT_V1, &layout)?);
        Ok((changes, ()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Mode, Options, Store};

    #[test]
    fn a_new_store_has_the_latest_layout_and_a_newer_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode: Mode::Inline, sync: false, ..Options::default() };
        let store = Store::open(dir.path(), options).unwrap();
        set_layout(store.engine(), LATEST + 1, |_, _| Ok(())).unwrap();
        store.stop().unwrap();
        drop(store);
        let refused = Store::open(dir.path(), options).unwrap_err();
        assert!(matches!(refused, OpenError::Newer { .. }), "{refused}");
    }
}
