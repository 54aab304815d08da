//! The folder of the backups that Tandem makes by itself.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{due, name};
use crate::{config::StoreSettings, domain::Timestamp};

/// What the folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    folder: PathBuf,
    times: Vec<Timestamp>,
}

/// The backups in the settings' folder.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn backups(settings: &StoreSettings) -> io::Result<Backups> {
    let folder = settings.backup_dir.clone();
    let mut times = Vec::new();
    match fs::read_dir(&folder) {
        Ok(entries) => {
            for entry in entries {
                times.extend(entry?.file_name().to_str().and_then(name::time));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(Backups { folder, times })
}

impl Backups {
    /// How old the newest backup is. Where there is none, how old the store is (`since`): so long there was none.
    #[must_use]
    pub fn age(&self, since: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
        let since = since.map(|since| now.since(since));
        due::newest(&self.times, now).map(|at| now.since(at)).or(since)
    }

    pub(super) fn wait(&self, every: Duration, now: Timestamp) -> Duration {
        due::wait(due::newest(&self.times, now), every, now)
    }

    /// Deletes the oldest backup if at least two are there; `false` if not.
    pub(super) fn give_way(&self, now: Timestamp) -> io::Result<bool> {
        let left = self.times.len().saturating_sub(1);
        if left == 0 {
            return Ok(false);
        }
        self.prune(left, now)?;
        Ok(true)
    }

    /// Deletes the backups beyond the newest so many, and nothing else.
    pub(super) fn prune(&self, keep: usize, now: Timestamp) -> io::Result<()> {
        for at in due::expired(&self.times, keep, now) {
            fs::remove_file(self.folder.join(name::of(at)))?;
        }
        Ok(())
    }
}

/// Whether a backup of this age is late.
#[must_use]
pub fn is_late(age: Duration, every: Duration) -> bool {
    !every.is_zero() && age > every.saturating_mul(2)
}

/// Makes the folder where it is missing.
pub(super) fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Removes what a killed process left unfinished. Only the process that has the store may: nothing is under way there.
pub(super) fn remove_parts(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(name::is_part) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn only_backups_of_tandem_are_counted_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings::defaults_in(dir.path()).store;
        let now = Timestamp::from_secs(1_800_000_000);
        let found = backups(&settings).unwrap();
        assert_eq!(found.age(None, now), None);
        let day = Duration::from_secs(86_400);
        assert_eq!(
            found.age(Some(now.minus(day)), now),
            Some(day),
            "the store is a day old, and was never backed up"
        );
        make(&settings.backup_dir).unwrap();
        let others =
            ["notes.txt", "old-tandem-20200101T000000Z.backup", "tandem-20200101T000000Z.backup.txt"];
        let own: Vec<String> = (0..4).map(|days| name::of(now.minus(days * day))).collect();
        let unfinished = format!("{}.part", own[0]);
        for name in others.into_iter().chain(own.iter().map(String::as_str)).chain([unfinished.as_str()]) {
            fs::write(settings.backup_dir.join(name), "").unwrap();
        }
        let found = backups(&settings).unwrap();
        assert_eq!(found.age(None, now.plus(day)), Some(day));
        assert!(is_late(3 * day, day) && !is_late(2 * day, day) && !is_late(9 * day, Duration::ZERO));
        assert!(found.give_way(now).unwrap());
        assert_eq!(backups(&settings).unwrap().times.len(), 3, "the oldest gave way");
        backups(&settings).unwrap().prune(2, now).unwrap();
        remove_parts(&settings.backup_dir).unwrap();
        let mut left: Vec<_> = fs::read_dir(&settings.backup_dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        let mut expected = [others.map(str::to_owned).to_vec(), own[..2].to_vec()].concat();
        expected.sort();
        assert_eq!(left, expected);
    }
}
