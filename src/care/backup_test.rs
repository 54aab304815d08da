//! Backups of a store, at rest and in use.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

use super::*;
use crate::{
    config::Settings,
    store::{
        Mode, Options, StoreError,
        engine::{Changes, Record},
    },
};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

struct Place {
    dir: tempfile::TempDir,
    store: Store,
    settings: StoreSettings,
}

impl Place {
    fn new(mode: Mode) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { mode, sync: false, ..Options::default() };
        let store = Store::open(&dir.path().join("store"), options).unwrap();
        let settings = Settings::defaults_in(dir.path()).store;
        let place = Self { dir, store, settings };
        place.put(0..20_000, 1);
        place
    }

    fn put(&self, keys: std::ops::Range<u32>, value: u8) {
        let mut changes = Changes::new();
        keys.for_each(|key| changes.put([&[9; 4][..], &key.to_be_bytes()].concat(), [value; 200]));
        self.store.engine().submit_blocking(move |_| Ok((changes, ()))).unwrap();
    }

    fn contents(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let entries = self.store.engine().reader().range([], None).map(|entry| entry.unwrap());
        entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
    }

    async fn back_up(&self, file: Option<PathBuf>, now: Timestamp) -> Result<Backup, CareError> {
        back_up(&self.store, &self.settings, file, (Pace::Quiet, now)).await
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.settings.backup_dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn contents(file: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut reading = Reading::begin(io::BufReader::new(File::open(file).unwrap())).unwrap();
    let mut entries = BTreeMap::new();
    while let Some((key, value)) = reading.record().unwrap() as Option<Record> {
        match value {
            Some(value) => entries.insert(key, value),
            None => entries.remove(&key),
        };
    }
    entries
}

#[tokio::test]
async fn a_backup_is_the_store_and_its_owner_alone_reads_it() {
    for mode in [Mode::Inline, Mode::Threaded] {
        let place = Place::new(mode);
        let made = place.back_up(None, NOW).await.unwrap();
        assert_eq!(contents(&made.file), place.contents());
        assert_eq!(made.bytes, fs::metadata(&made.file).unwrap().len());
        assert_eq!(fs::metadata(&made.file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&place.settings.backup_dir).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[tokio::test]
async fn a_backup_beside_a_writer_has_whole_groups() {
    let place = Place::new(Mode::Threaded);
    let ended = std::sync::atomic::AtomicBool::new(false);
    let file = place.dir.path().join("beside");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Two entries of each group, one at either end.
            let mut value = 1u8;
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                value = value.wrapping_add(1);
                let mut changes = Changes::new();
                changes.put([1], [value]);
                changes.put([200], [value]);
                place.store.engine().submit_blocking(move |_| Ok((changes, ()))).unwrap();
            }
        });
        write(&place.store, &file, Pace::Full, NOW).unwrap();
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let entries = contents(&file);
    assert_eq!(entries.get(&vec![1]), entries.get(&vec![200]));
    assert_eq!(entries.len(), place.contents().len());
}

#[tokio::test]
async fn the_newest_are_kept_and_a_clock_that_was_ahead_takes_no_place() {
    let mut place = Place::new(Mode::Inline);
    place.settings.backup_keep = 2;
    let day = Duration::from_secs(86_400);
    let ahead = place.back_up(None, NOW.plus(400 * day)).await.unwrap();
    assert!(ahead.file.exists());
    for days in 0..4 {
        place.back_up(None, NOW.plus(days * day)).await.unwrap();
    }
    assert_eq!(place.names(), [2, 3].map(|days| name::of(NOW.plus(days * day))));
}

#[tokio::test]
async fn a_store_that_is_told_to_stop_ends_its_backup_and_leaves_no_file() {
    let place = Place::new(Mode::Threaded);
    place.store.stop().unwrap();
    let stopped = place.back_up(None, NOW).await.unwrap_err();
    assert!(matches!(stopped, CareError::Store(StoreError::Stopped)), "{stopped}");
    assert!(place.names().is_empty());
    // Told while it is written.
    let place = Place::new(Mode::Threaded);
    let part = Part::begin(&place.dir.path().join("stopped")).unwrap();
    let mut out = Writing::begin(part.file(), &Made::now(NOW)).unwrap();
    out.record(b"k", Some(b"v")).unwrap();
    place.store.stop().unwrap();
    // At the next rest: after a millisecond of work.
    let mut rests = Rests::new(&place.store, Pace::Full);
    let stopped = std::iter::repeat_with(|| rests.rest()).find_map(Result::err).unwrap();
    assert!(matches!(CareError::reading(stopped, part.path()), CareError::Store(StoreError::Stopped)));
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let place = Place::new(Mode::Inline);
    let file = place.dir.path().join("nowhere/store.backup");
    let refused = place.back_up(Some(file), NOW).await.unwrap_err().to_string();
    assert!(refused.contains("nowhere") && refused.contains("check that"), "{refused}");
    let refused = place.back_up(Some(place.dir.path().to_owned()), NOW).await.unwrap_err();
    assert!(matches!(refused, CareError::Taken(_)), "{refused}");
}
