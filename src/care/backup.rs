//! Backs the store up into one file, while it is in use or not.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    CareError, Made,
    file::{Damaged, Reading, Sum, Writing},
    folder, name,
    part::Part,
    quiet::{Pace, Rests},
    room,
};
use crate::{
    clock::Stopwatch,
    config::{StoreSettings, folder_of},
    domain::Timestamp,
    store::{Store, engine::Record},
};

/// Sections that are written before the disk has to have them: a large debt to the disk would hold up the store's own syncs.
const SECTIONS_A_SYNC: u32 = 4;
/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// What it says of itself.
    pub made: Made,
    /// Records in it.
    pub records: u64,
    /// Its length.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

/// Backs the store up into a file, or into the folder of the settings, where the oldest ones beyond `backup_keep` go. The work runs apart
/// from the threads that serve.
///
/// # Errors
/// [`CareError`]; then no file has appeared under its name.
pub async fn back_up(
    store: &Store,
    settings: &StoreSettings,
    file: Option<PathBuf>,
    (pace, now): (Pace, Timestamp),
) -> Result<Backup, CareError> {
    let (of, settings) = (store.clone(), settings.clone());
    store.aside(move || make(&of, &settings, file, (pace, now))).await
}

/// Writes the file, or the next one of the folder.
fn make(
    of: &Store,
    settings: &StoreSettings,
    file: Option<PathBuf>,
    (pace, now): (Pace, Timestamp),
) -> Result<Backup, CareError> {
    if let Some(file) = file {
        return write(of, &file, pace, now);
    }
    let folder = &settings.backup_dir;
    folder::make(folder).map_err(CareError::at(folder))?;
    let file = folder.join(name::of(now));
    let backup = match write(of, &file, pace, now) {
        Err(CareError::NoRoom { .. }) if give_way(settings, now) => write(of, &file, pace, now)?,
        made => made?,
    };
    let pruned = folder::backups(settings).and_then(|found| found.prune(settings.backup_keep, now));
    if let Err(error) = pruned {
        tracing::warn!(%error, folder = %folder.display(), "an old backup cannot be deleted; delete it by hand");
    }
    Ok(backup)
}

/// Deletes the oldest backup where another one is kept, so that backups themselves do not keep the next from being made. `false`: nothing was
/// deleted.
fn give_way(settings: &StoreSettings, now: Timestamp) -> bool {
    let gave = folder::backups(settings).and_then(|found| found.give_way(now));
    match &gave {
        Ok(true) => {
            tracing::warn!(folder = %settings.backup_dir.display(), "there is no room for a backup: the oldest one is deleted, and the backup is tried again; make room, or lower store.backup_keep");
        }
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(%error, "there is no room for a backup, and the oldest one cannot be deleted")
        }
    }
    gave.unwrap_or(false)
}

/// Writes the file, reads it back, and gives it its name.
fn write(store: &Store, file: &Path, pace: Pace, now: Timestamp) -> Result<Backup, CareError> {
    let took = Stopwatch::start();
    refuse_other_files(file)?;
    let dir = store.engine().dir();
    room::ensure(folder_of(file), room::bytes_in(dir).map_err(CareError::at(dir))?)?;
    let (part, made) = (Part::begin(file)?, Made::now(now));
    let (sum, bytes) = fill(store, &part, &made, pace)?;
    let differs = |what: String| CareError::Differs { file: file.to_owned(), what };
    let mut rests = Rests::new(store, pace);
    let read = part.read_back().and_then(|from| verify(from, || rests.rest()));
    match read.map_err(|error| CareError::reading(error, file)) {
        Ok((found, again)) if found == made && again == sum => {}
        Ok(_) => return Err(differs("its sum is another".to_owned())),
        Err(CareError::Damaged { damaged, .. }) => return Err(differs(damaged.to_string())),
        Err(other) => return Err(other),
    }
    part.finish().map_err(CareError::at(file))?;
    Ok(Backup { file: file.to_owned(), made, records: sum.records, bytes, took: took.elapsed() })
}

fn fill(store: &Store, part: &Part, made: &Made, pace: Pace) -> Result<(Sum, u64), CareError> {
    let path = part.path();
    let written = |error| CareError::reading(error, path);
    let mut out = Writing::begin(BufWriter::new(part.file()), made).map_err(written)?;
    let (mut rests, mut sections) = (Rests::new(store, pace), 0);
    let mut sink = |key: &[u8], value: Option<&[u8]>| {
        if out.record(key, value)? {
            sections += 1;
            if sections % SECTIONS_A_SYNC == 0 {
                part.file().sync_data()?;
            }
        }
        rests.rest()
    };
    store.engine().export(&mut sink).map_err(|error| CareError::of_export(error, path))?;
    let (sum, bytes, _) = out.end().map_err(written)?;
    Ok((sum, bytes))
}

/// Reads the records of a backup, the whole file checked before.
///
/// # Errors
/// [`CareError`], which says what is damaged and where.
pub fn read(file: &Path) -> Result<Records, CareError> {
    let open = || Ok(io::BufReader::with_capacity(1 << 16, File::open(file)?));
    let checked = open().map_err(CareError::at(file))?;
    let (_, sum) = verify(checked, || Ok(())).map_err(|error| CareError::reading(error, file))?;
    let reading = open().and_then(Reading::begin).map_err(|error| CareError::reading(error, file))?;
    Ok(Records { file: file.to_owned(), reading, bytes: sum.bytes })
}

/// The records of a backup, a later one of a key in the place of an earlier one.
pub struct Records {
    file: PathBuf,
    reading: Reading<io::BufReader<File>>,
    bytes: u64,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Records({})", self.file.display())
    }
}

impl Records {
    /// What the backup says of itself.
    #[must_use]
    pub fn made(&self) -> &Made {
        self.reading.made()
    }

    /// Bytes of the records.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Iterator for Records {
    type Item = Result<Record, CareError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reading.record().map_err(|error| CareError::reading(error, &self.file)).transpose()
    }
}

/// Reads a backup to its end, and gives what it says of itself and its sum.
pub(super) fn verify(
    from: impl Read,
    mut after_each: impl FnMut() -> io::Result<()>,
) -> io::Result<(Made, Sum)> {
    let mut reading = Reading::begin(from)?;
    while reading.record()?.is_some() {
        after_each()?;
    }
    let sum = reading.sum().ok_or(Damaged::Cut(reading.section()))?;
    Ok((reading.made().clone(), sum))
}

/// A backup may take the place of another one, and of nothing else.
fn refuse_other_files(file: &Path) -> Result<(), CareError> {
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(CareError::at(file)(error)),
        Ok(found) if found.is_file() => {
            let is_backup = File::open(file).and_then(Reading::begin).is_ok();
            is_backup.then_some(()).ok_or_else(|| CareError::Taken(file.to_owned()))
        }
        Ok(_) => Err(CareError::Taken(file.to_owned())),
    }
}

#[cfg(test)]
#[path = "backup_test.rs"]
mod tests;
