//! The opening procedure. sled is helped over what is known to trip it, and what it opened is not believed until it
//! agrees with the marker.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    changes::RESERVED,
    error::OpenError,
    holder::{Holder, retry_until},
    marker::{FORMAT, Found, Marker, sync_folder},
    options::{Options, SEGMENT},
    quiet::catch_quietly,
};

/// sled's own lock may outlive a dropped engine of this process by some milliseconds.
const SLED_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Folders above the store's whose entries are made safe at each opening.
const ENTRIES_SYNCED: usize = 3;

/// An open store that has been checked.
pub(super) struct Opened {
    pub(super) holder: Holder,
    pub(super) db: sled::Db,
    pub(super) tree: sled::Tree,
    /// A second handle on sled's file, for `fdatasync`.
    pub(super) file: File,
    /// The folder, open for syncing its names.
    pub(super) folder: File,
    pub(super) marker: Marker,
}

/// The key under which the marker is kept inside the store, in every group.
pub(super) fn marker_key() -> Vec<u8> {
    [&RESERVED[..], b"synced"].concat()
}

pub(super) fn open(dir: &Path, options: &Options) -> Result<Opened, OpenError> {
    let folder = |source| OpenError::Folder { path: dir.to_owned(), source };
    make_folder(dir).map_err(folder)?;
    let holder = Holder::take(dir, options.lock_wait)?;
    (options.once_held)();
    for unfinished in snapshots(dir)
        .map_err(folder)?
        .iter()
        .filter(|path| path.extension().is_some_and(|e| e == "generating"))
    {
        fs::remove_file(unfinished).map_err(folder)?;
    }
    let outside = Marker::read(dir).map_err(folder)?;
    refuse_a_missing_file(dir, &outside)?;

    let (db, tree, inside, marker) = match try_sled(dir, options) {
        Err(OpenError::Damaged { detail, .. }) => {
            tracing::warn!(%detail, "the store does not open; trying without its snapshots");
            without_snapshots(dir, &detail, || believe(dir, &outside, try_sled(dir, options)))?
        }
        other => believe(dir, &outside, other)?,
    };

    let file = File::open(dir.join("db")).map_err(folder)?;
    if inside.is_none() {
        let put = tree.insert(marker_key(), marker.to_bytes()).and_then(|_| db.flush());
        put.map_err(|error| from_sled(dir, error))?;
    }
    if options.sync {
        // What a killed process left in the page cache counts as safe only now.
        file.sync_data().map_err(folder)?;
        File::open(dir.join("conf")).and_then(|conf| conf.sync_all()).map_err(folder)?;
        sync_folder(dir).map_err(folder)?;
    }
    let handle = File::open(dir).map_err(folder)?;
    marker.write(dir, &handle).map_err(folder)?;
    Ok(Opened { holder, db, tree, file, folder: handle, marker })
}

/// Makes a folder and those above it that are missing, and makes the entries of the folder and of the one above it safe: what a
/// store acknowledged may not go with the name of its folder in a power cut. Gives the folders that were synced.
fn make_folder(dir: &Path) -> io::Result<Vec<PathBuf>> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let dir = dir.canonicalize()?;
    let mut synced = Vec::new();
    // Those above too: the folder of data and its own place may be new as well.
    for above in dir.ancestors().skip(1).take(ENTRIES_SYNCED) {
        match sync_folder(above) {
            Ok(()) => synced.push(above.to_owned()),
            Err(error) if synced.is_empty() => return Err(error),
            // A folder further up that may not be read is not Tandem's, and was there before.
            Err(_) => break,
        }
    }
    Ok(synced)
}

/// What sled opened, if it agrees with what was once safe.
fn believe(
    dir: &Path,
    outside: &Found,
    tried: Result<Tried, OpenError>,
) -> Result<(sled::Db, sled::Tree, Option<Marker>, Marker), OpenError> {
    let (db, tree, inside, is_empty) = tried?;
    let marker = agree(dir, outside, inside, is_empty)?;
    Ok((db, tree, inside, marker))
}

/// A store that had data and whose file is gone: sled would make a new one, and the trace would be lost.
fn refuse_a_missing_file(dir: &Path, outside: &Found) -> Result<(), OpenError> {
    let length = fs::metadata(dir.join("db")).map_or(0, |found| found.len());
    match outside {
        Found::Marker(marker) if length == 0 && marker.group > 0 => {
            Err(OpenError::Emptied { dir: dir.to_owned(), group: marker.group })
        }
        Found::Unreadable if length == 0 => Err(OpenError::Foreign { dir: dir.to_owned() }),
        _ => Ok(()),
    }
}

/// Compares what sled opened with what is known to have been safe.
fn agree(dir: &Path, outside: &Found, inside: Option<Marker>, is_empty: bool) -> Result<Marker, OpenError> {
    let dir = || dir.to_owned();
    match (inside, outside) {
        (Some(found), _) if found.format > FORMAT => {
            Err(OpenError::Newer { dir: dir(), found: found.format, known: FORMAT })
        }
        (_, Found::Marker(known)) if known.format > FORMAT => {
            Err(OpenError::Newer { dir: dir(), found: known.format, known: FORMAT })
        }
        (Some(found), Found::Marker(known)) if found.epoch != known.epoch => {
            Err(OpenError::Foreign { dir: dir() })
        }
        (Some(found), Found::Marker(known)) if found.group < known.group => {
            Err(OpenError::Older { dir: dir(), found: found.group, group: known.group })
        }
        (Some(found), Found::Unreadable) => {
            tracing::warn!(dir = %dir().display(), "the store's marker was unreadable and is written anew");
            Ok(found)
        }
        (Some(found), _) => Ok(found),
        (None, Found::Marker(known)) if known.group > 0 => {
            Err(OpenError::Emptied { dir: dir(), group: known.group })
        }
        (None, Found::Unreadable) => Err(OpenError::Foreign { dir: dir() }),
        (None, _) if !is_empty => {
            Err(OpenError::Damaged { dir: dir(), detail: "the record of its own state is gone".to_owned() })
        }
        (None, _) => Ok(Marker { format: FORMAT, epoch: fastrand::u64(1..), group: 0 }),
    }
}

type Tried = (sled::Db, sled::Tree, Option<Marker>, bool);

/// One attempt to open, in which a panic is an error like any other.
fn try_sled(dir: &Path, options: &Options) -> Result<Tried, OpenError> {
    let config = sled::Config::new().path(dir).cache_capacity(options.cache_bytes).segment_size(SEGMENT);
    let attempt = || {
        catch_quietly(|| {
            let db = config.open()?;
            let tree = db.open_tree("data")?;
            let inside = tree.get(marker_key())?;
            let is_empty = tree.is_empty();
            Ok((db, tree, inside, is_empty))
        })
    };
    let opened = retry_until(SLED_LOCK_WAIT.max(options.lock_wait), || match attempt() {
        Ok(Err(error)) if is_locked(&error) => None,
        other => Some(other),
    });
    match opened {
        None => {
            Err(OpenError::Held { dir: dir.to_owned(), holder: "a process that is not tandem".to_owned() })
        }
        Some(Err(panic)) => Err(OpenError::Damaged { dir: dir.to_owned(), detail: panic }),
        Some(Ok(Err(error))) => Err(from_sled(dir, error)),
        Some(Ok(Ok((db, tree, inside, is_empty)))) => {
            let inside = match inside {
                None => None,
                Some(bytes) => Some(Marker::from_bytes(&bytes).ok_or_else(|| OpenError::Damaged {
                    dir: dir.to_owned(),
                    detail: "the record of its own state is unreadable".to_owned(),
                })?),
            };
            Ok((db, tree, inside, is_empty))
        }
    }
}

/// sled reports a held lock as an I/O error of no kind of its own.
fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

fn from_sled(dir: &Path, error: sled::Error) -> OpenError {
    match error {
        sled::Error::Io(source)
            if !matches!(source.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) =>
        {
            OpenError::Folder { path: dir.join("db"), source }
        }
        other => OpenError::Damaged { dir: dir.to_owned(), detail: other.to_string() },
    }
}

fn snapshots(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Tries again without sled's snapshots, which only shorten the opening: all that they hold is in the log, unless that is
/// torn as well. sled then may open it as empty, and clear on the disk what it did not take in. So the log is copied
/// before, and if the attempt fails, everything is put back as it was found.
fn without_snapshots<T>(
    dir: &Path,
    detail: &str,
    again: impl FnOnce() -> Result<T, OpenError>,
) -> Result<T, OpenError> {
    let (aside, log) = (dir.join("aside"), dir.join("db"));
    let copy = aside.join("db");
    let names: Result<Vec<_>, _> = (|| {
        fs::create_dir_all(&aside)?;
        fs::copy(&log, &copy)?;
        let mut names = Vec::new();
        for snapshot in snapshots(dir)? {
            if let Some(name) = snapshot.file_name() {
                fs::rename(&snapshot, aside.join(name))?;
                names.push(name.to_owned());
            }
        }
        sync_folder(dir)?;
        Ok(names)
    })();
    let names = names.map_err(|error: io::Error| OpenError::Damaged {
        dir: dir.to_owned(),
        detail: format!("{detail}; and for a second attempt there was no room: {error}"),
    })?;
    let outcome = again();
    let tidied = if outcome.is_ok() {
        fs::remove_file(&copy)
    } else {
        (|| {
            for made in snapshots(dir)? {
                fs::remove_file(made)?;
            }
            for name in &names {
                fs::rename(aside.join(name), dir.join(name))?;
            }
            fs::rename(&copy, &log)
        })()
    };
    if let Err(error) = tidied {
        tracing::warn!(%error, folder = %aside.display(), "files that were set aside remain there");
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_the_folders_above_the_store_are_made_safe() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        let synced = make_folder(&base.join("tandem/data/store")).unwrap();
        assert_eq!(synced, [base.join("tandem/data"), base.join("tandem"), base.clone()]);
        assert_eq!(make_folder(&base.join("tandem/data/store")).unwrap(), synced, "again at each opening");
    }
}
