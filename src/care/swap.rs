//! A new store in the place of the old one, so that a kill at any moment leaves the one or the other.
//!
//! The new one is made in `store.restoring`, which holds a file `unfinished` until all of it is on the disk. Then the old folder is
//! renamed, and then the new one. The next command or start settles what a kill left: what is unfinished goes; a finished folder takes
//! the place if the old one was moved away already, and goes if not. No whole copy goes before another is in the place of the store.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{CareError, part::sync_folder};
use crate::{
    domain::Timestamp,
    store::engine::{Lock, is_store},
};

const STORE: &str = "store";
const NEW: &str = "store.restoring";
/// The old folder of a store that was made smaller; it is no more than that, and goes.
const SPENT: &str = "store.compacted";
/// A store that a start made while the two were exchanged, with a number.
const BETWEEN: &str = "store.made-between";
const ASIDE_MAX: usize = 1_000;
const UNFINISHED: &str = "unfinished";
const LOCK: &str = "store.lock";

/// What becomes of the old folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// It stays beside the new one, under a name with this time.
    Stays(Timestamp),
    /// It goes: the new one holds the same.
    Goes,
}

/// The folder of a store that is to be exchanged. No other process does so, or opens the store, as long as this lives.
pub(super) struct Swap {
    data_dir: PathBuf,
    _lock: File,
}

/// Brings in order what a killed process left. Does nothing where nothing is left.
///
/// # Errors
/// [`CareError::UnderWay`] while another process exchanges the store.
pub fn settle(data_dir: &Path) -> Result<(), CareError> {
    let is_left = [NEW, SPENT].iter().any(|name| data_dir.join(name).exists());
    if is_left { Swap::begin(data_dir).map(drop) } else { Ok(()) }
}

impl Swap {
    /// Takes the lock, and settles what was left.
    pub(super) fn begin(data_dir: &Path) -> Result<Self, CareError> {
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(CareError::at(data_dir))?;
        let path = data_dir.join(LOCK);
        let lock = File::options().write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(CareError::at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CareError::UnderWay(data_dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(CareError::at(&path)(error)),
        }
        let swap = Self { data_dir: data_dir.to_owned(), _lock: lock };
        swap.settled().map_err(CareError::at(data_dir))?;
        Ok(swap)
    }

    /// The folder of the store.
    pub(super) fn store(&self) -> PathBuf {
        self.data_dir.join(STORE)
    }

    fn settled(&self) -> io::Result<()> {
        let (store, new, spent) = (self.store(), self.data_dir.join(NEW), self.data_dir.join(SPENT));
        let is_finished = is_store(&new) && !new.join(UNFINISHED).exists();
        if is_finished && (spent.exists() || !is_store(&store)) {
            // The old one was moved away already, so what is in its place was made in between, and stays beside.
            if store.exists() {
                let _held = Lock::of(&store).map_err(io::Error::other)?;
                let aside = (1..).map(|number| self.data_dir.join(format!("{BETWEEN}-{number}")));
                let aside = aside.take(ASIDE_MAX).find(|path| !path.exists());
                fs::rename(&store, aside.ok_or(io::ErrorKind::AlreadyExists)?)?;
            }
            fs::rename(&new, &store)?;
            sync_folder(&self.data_dir)?;
        } else if new.exists() {
            fs::remove_dir_all(&new)?;
            sync_folder(&self.data_dir)?;
        }
        if spent.exists() && is_store(&store) {
            fs::remove_dir_all(&spent)?;
        }
        Ok(())
    }

    /// Makes the folder of the new store.
    pub(super) fn folder(&self) -> Result<PathBuf, CareError> {
        let new = self.data_dir.join(NEW);
        let make = || {
            DirBuilder::new().mode(0o700).create(&new)?;
            File::create(new.join(UNFINISHED))?.sync_all()?;
            sync_folder(&new)?;
            sync_folder(&self.data_dir)
        };
        make().map_err(CareError::at(&new))?;
        Ok(new)
    }

    /// Puts the new store, which is closed, in the place of the old one. Gives where the old one is.
    pub(super) fn exchange(self, old: Old) -> Result<Option<PathBuf>, CareError> {
        let (store, new) = (self.store(), self.data_dir.join(NEW));
        let before = match old {
            Old::Stays(at) => free_name(&self.data_dir, at),
            Old::Goes => self.data_dir.join(SPENT),
        };
        let swapped = || {
            for entry in fs::read_dir(&new)? {
                let path = entry?.path();
                if path.is_file() {
                    File::open(path)?.sync_all()?;
                }
            }
            fs::remove_file(new.join(UNFINISHED))?;
            sync_folder(&new)?;
            let had = store.exists();
            if had {
                fs::rename(&store, &before)?;
                sync_folder(&self.data_dir)?;
            }
            fs::rename(&new, &store)?;
            sync_folder(&self.data_dir)?;
            Ok(had)
        };
        let had = swapped().map_err(CareError::at(&store))?;
        if had && old == Old::Goes {
            fs::remove_dir_all(&before).map_err(CareError::at(&before))?;
            return Ok(None);
        }
        Ok(had.then_some(before))
    }
}

impl Drop for Swap {
    /// What did not come to its end goes at once, as after a kill.
    fn drop(&mut self) {
        if let Err(error) = self.settled() {
            tracing::warn!(%error, folder = %self.data_dir.display(), "an unfinished copy of the store remains; the next start settles it");
        }
    }
}

/// The name under which the old store stays.
fn free_name(data_dir: &Path, at: Timestamp) -> PathBuf {
    let time = at.to_datetime().format("%Y%m%dT%H%M%SZ");
    let name = |suffix: String| data_dir.join(format!("{STORE}.before-restore-{time}{suffix}"));
    let plain = name(String::new());
    if !plain.exists() {
        return plain;
    }
    (2..).map(|number| name(format!("-{number}"))).find(|path| !path.exists()).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn place() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        store(dir.path(), STORE, "old");
        dir
    }

    fn store(dir: &Path, name: &str, text: &str) {
        fs::create_dir(dir.join(name)).unwrap();
        write(&dir.join(name), text);
    }

    /// A store's file, and its marker.
    fn write(folder: &Path, text: &str) {
        fs::write(folder.join("db"), text).unwrap();
        let body = "tandem store\nformat 1\nepoch 00000000deadbeef\ngroup 1\n";
        let check = crc32fast::hash(body.as_bytes());
        fs::write(folder.join("synced"), format!("{body}check {check:08x}\n")).unwrap();
    }

    fn db(dir: &Path) -> String {
        fs::read_to_string(dir.join(STORE).join("db")).unwrap()
    }

    #[test]
    fn an_exchange_keeps_the_old_store_or_lets_it_go() {
        let dir = place();
        for text in ["one", "two"] {
            let swap = Swap::begin(dir.path()).unwrap();
            assert!(matches!(Swap::begin(dir.path()), Err(CareError::UnderWay(_))));
            write(&swap.folder().unwrap(), text);
            let before = swap.exchange(Old::Stays(NOW)).unwrap().unwrap();
            assert!(before.to_str().unwrap().contains("store.before-restore-2027"), "{}", before.display());
            assert_eq!(db(dir.path()), text);
        }
        let swap = Swap::begin(dir.path()).unwrap();
        write(&swap.folder().unwrap(), "small");
        assert_eq!(swap.exchange(Old::Goes).unwrap(), None);
        assert_eq!((db(dir.path()).as_str(), fs::read_dir(dir.path()).unwrap().count()), ("small", 4));
    }

    #[test]
    fn what_a_kill_left_is_settled_to_the_old_or_the_new() {
        // Unfinished, beside an old one and without one.
        let dir = place();
        store(dir.path(), NEW, "half");
        fs::write(dir.path().join(NEW).join(UNFINISHED), "").unwrap();
        settle(dir.path()).unwrap();
        assert!(db(dir.path()) == "old" && !dir.path().join(NEW).exists());
        fs::remove_dir_all(dir.path().join(STORE)).unwrap();
        store(dir.path(), NEW, "half");
        fs::write(dir.path().join(NEW).join(UNFINISHED), "").unwrap();
        settle(dir.path()).unwrap();
        assert!(!dir.path().join(STORE).exists() && !dir.path().join(NEW).exists());
        // Finished: before the old one was moved, and after.
        let dir = place();
        store(dir.path(), NEW, "new");
        settle(dir.path()).unwrap();
        assert_eq!(db(dir.path()), "old");
        store(dir.path(), NEW, "new");
        fs::rename(dir.path().join(STORE), dir.path().join(SPENT)).unwrap();
        settle(dir.path()).unwrap();
        assert_eq!(db(dir.path()), "new");
        assert!(!dir.path().join(SPENT).exists() && !dir.path().join(NEW).exists());
        settle(dir.path()).unwrap();
    }

    #[test]
    fn an_exchange_that_fails_leaves_nothing_behind() {
        let dir = place();
        let swap = Swap::begin(dir.path()).unwrap();
        write(&swap.folder().unwrap(), "half");
        drop(swap);
        assert!(db(dir.path()) == "old" && !dir.path().join(NEW).exists());
    }

    #[test]
    fn no_whole_copy_goes_because_a_start_made_an_empty_store_between_the_renames() {
        let dir = place();
        let swap = Swap::begin(dir.path()).unwrap();
        write(&swap.folder().unwrap(), "small");
        fs::remove_file(dir.path().join(NEW).join(UNFINISHED)).unwrap();
        fs::rename(dir.path().join(STORE), dir.path().join(SPENT)).unwrap();
        // The start holds its store: all stays, and the next one settles it.
        store(dir.path(), STORE, "empty");
        let held = Lock::of(&dir.path().join(STORE)).unwrap();
        drop(swap);
        assert!(settle(dir.path()).is_err());
        assert!(
            dir.path().join(NEW).exists() && dir.path().join(SPENT).exists() && db(dir.path()) == "empty"
        );
        drop(held);
        settle(dir.path()).unwrap();
        assert_eq!(db(dir.path()), "small");
        assert!(!dir.path().join(NEW).exists() && !dir.path().join(SPENT).exists());
        assert_eq!(fs::read_to_string(dir.path().join(format!("{BETWEEN}-1/db"))).unwrap(), "empty");
        // The old folder stays until a store that can be read is in its place.
        fs::rename(dir.path().join(STORE), dir.path().join(SPENT)).unwrap();
        fs::create_dir(dir.path().join(STORE)).unwrap();
        settle(dir.path()).unwrap();
        assert!(dir.path().join(SPENT).exists());
    }
}
