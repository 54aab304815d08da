//! The engine as a whole: opening, failing, export.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::{marker::Marker, open::marker_key, *};

pub(super) const QUICK: Options = Options {
    cache_bytes: 8 << 20,
    mode: Mode::Inline,
    sync: false,
    lock_wait: Duration::from_millis(60),
    once_held: || {},
};
const SAFE: Options = Options { sync: true, ..QUICK };

fn put(engine: &Engine, key: &[u8], value: &[u8]) {
    let (key, value) = (key.to_vec(), value.to_vec());
    engine.submit_blocking(move |_| Ok((one_put(&key, &value), ()))).unwrap();
}

pub(super) fn one_put(key: &[u8], value: &[u8]) -> Changes {
    let mut changes = Changes::new();
    changes.put(key, value);
    changes
}

pub(super) fn contents(engine: &Engine) -> BTreeMap<Vec<u8>, Vec<u8>> {
    engine
        .reader()
        .range([], None)
        .map(|entry| entry.map(|(k, v)| (k.to_vec(), v.to_vec())).unwrap())
        .collect()
}

/// A store with some hundred entries, closed.
pub(super) fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    let mut changes = Changes::new();
    for number in 0..500u32 {
        changes.put(number.to_be_bytes(), [7; 300]);
    }
    engine.submit_blocking(move |_| Ok((changes, ()))).unwrap();
    engine.stop().unwrap();
    dir
}

fn snapshots(dir: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("snap.")).collect()
}

/// A command says first that no service runs, and then what the store has to say.
#[test]
fn the_folder_is_held_before_anything_is_read_and_only_then_is_that_told() {
    static TOLD: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let told = || TOLD.load(std::sync::atomic::Ordering::Relaxed);
    let once_held = || {
        TOLD.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    let (dir, telling) = (filled(), Options { once_held, ..QUICK });
    let first = Engine::open(dir.path(), QUICK).unwrap();
    assert!(matches!(Engine::open(dir.path(), telling).unwrap_err(), OpenError::Held { .. }));
    assert_eq!(told(), 0, "another process holds it");
    first.stop().unwrap();
    drop(first);
    // What is damaged is found out afterwards.
    fs::write(dir.path().join("db"), b"").unwrap();
    let _ = Engine::open(dir.path(), telling);
    assert_eq!(told(), 1);
}

#[test]
fn a_second_engine_is_told_who_holds_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let first = Engine::open(dir.path(), QUICK).unwrap();
    let error = Engine::open(dir.path(), QUICK).unwrap_err();
    assert!(matches!(error, OpenError::Held { .. }));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(first);
    Engine::open(dir.path(), QUICK).unwrap();
}

#[test]
fn waits_for_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let first = Engine::open(dir.path(), QUICK).unwrap();
    put(&first, b"a", b"1");
    thread::scope(|scope| {
        let patient = Options { lock_wait: Duration::from_secs(30), ..QUICK };
        let second =
            scope.spawn(move || Engine::open(dir.path(), patient).map(|engine| contents(&engine).len()));
        drop(first);
        assert_eq!(second.join().unwrap().unwrap(), 1);
    });
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b");
    let _engine = Engine::open(&dir, QUICK).unwrap();
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_unfinished_snapshot_is_removed() {
    let dir = filled();
    fs::write(dir.path().join("snap.FFFFFFFFFFFFFFFF.generating"), b"half").unwrap();
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    assert_eq!(contents(&engine).len(), 500);
}

#[test]
fn damaged_snapshots_are_moved_aside() {
    let dir = filled();
    drop(Engine::open(dir.path(), SAFE).unwrap());
    let snapshots = snapshots(dir.path());
    assert!(!snapshots.is_empty());
    for snapshot in &snapshots {
        let bytes = fs::read(snapshot).unwrap();
        fs::write(snapshot, &bytes[..bytes.len() / 2]).unwrap();
    }
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    assert_eq!(contents(&engine).len(), 500);
    assert!(dir.path().join("aside").join(snapshots[0].file_name().unwrap()).exists());
}

#[test]
fn a_torn_log_is_an_error_that_says_what_to_do() {
    for cut in [1, 200, 5_000, 100_000] {
        let dir = filled();
        drop(Engine::open(dir.path(), SAFE).unwrap());
        let db = fs::OpenOptions::new().write(true).open(dir.path().join("db")).unwrap();
        // The log's end is somewhere in the middle of a segment: cut within what was written.
        let used =
            fs::read(dir.path().join("db")).unwrap().iter().rposition(|&byte| byte != 0).unwrap() as u64;
        db.set_len(used.saturating_sub(cut).max(100)).unwrap();
        match Engine::open(dir.path(), SAFE) {
            Ok(engine) => assert_eq!(contents(&engine).len(), 500, "a silent loss, cut {cut}"),
            Err(error) => {
                assert!(error.to_string().contains("tandem restore FILE"), "{error}");
                assert!(!dir.path().join("aside/db").exists(), "the copy was put back");
            }
        }
    }
}

#[test]
fn a_store_that_lost_its_file_is_refused_and_left_alone() {
    let dir = filled();
    for name in ["db", "conf"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    assert!(matches!(Engine::open(dir.path(), SAFE), Err(OpenError::Emptied { group: 1, .. })));
    assert!(!dir.path().join("db").exists());
}

#[test]
fn a_store_that_opens_empty_is_refused() {
    let (dir, empty) = (filled(), tempfile::tempdir().unwrap());
    drop(sled::Config::new().path(empty.path()).segment_size(SEGMENT).open().unwrap());
    for snapshot in snapshots(dir.path()) {
        fs::remove_file(snapshot).unwrap();
    }
    fs::copy(empty.path().join("db"), dir.path().join("db")).unwrap();
    assert!(matches!(Engine::open(dir.path(), SAFE), Err(OpenError::Emptied { .. })));
}

#[test]
fn an_older_copy_is_refused() {
    let dir = filled();
    let old = tempfile::tempdir().unwrap();
    for name in ["db", "conf"] {
        fs::copy(dir.path().join(name), old.path().join(name)).unwrap();
    }
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    put(&engine, b"a", b"1");
    engine.stop().unwrap();
    drop(engine);
    fs::copy(dir.path().join("synced"), old.path().join("synced")).unwrap();
    let error = Engine::open(old.path(), SAFE).unwrap_err();
    assert!(matches!(error, OpenError::Older { found: 1, group: 2, .. }), "{error}");
}

#[test]
fn the_marker_of_another_store_is_refused() {
    let (dir, other) = (filled(), filled());
    fs::copy(other.path().join("synced"), dir.path().join("synced")).unwrap();
    assert!(matches!(Engine::open(dir.path(), SAFE), Err(OpenError::Foreign { .. })));
}

#[test]
fn a_missing_or_unreadable_marker_is_written_anew() {
    let dir = filled();
    let marker = dir.path().join("synced");
    let written = fs::read(&marker).unwrap();
    for ruin in [|path: &Path| fs::remove_file(path), |path: &Path| fs::write(path, b"\xFFgarbage")] {
        ruin(&marker).unwrap();
        drop(Engine::open(dir.path(), SAFE).unwrap());
        assert_eq!(fs::read(&marker).unwrap(), written);
    }
}

#[test]
fn a_newer_format_is_refused() {
    let dir = filled();
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    let newer = Marker { format: 2, epoch: 1, group: 1 };
    engine.0.core.tree.insert(marker_key(), newer.to_bytes()).unwrap();
    engine.0.core.tree.flush().unwrap();
    drop(engine);
    let error = Engine::open(dir.path(), SAFE).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1, .. }), "{error}");
}

#[test]
fn a_panic_fails_only_its_operation() {
    for mode in [Mode::Inline, Mode::Threaded] {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), Options { mode, ..SAFE }).unwrap();
        put(&engine, b"before", b"1");
        let panicked =
            engine.submit_blocking(|_| -> Result<(Changes, ()), StoreError> { panic!("on purpose") });
        assert!(
            matches!(panicked, Err(StoreError::Panicked(place)) if !place.contains("on purpose")),
            "its words may quote a person's data (B4)"
        );
        put(&engine, b"after", b"1");
        assert_eq!(contents(&engine).len(), 2);
        assert_eq!(engine.metrics().snapshot().panics, 1);
    }
}

#[test]
fn an_error_keeps_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), QUICK).unwrap();
    let refused = engine.submit_blocking(|_| {
        let mut changes = one_put(b"a", b"1");
        changes.put([0xFF; 8], b"2");
        Ok((changes, ()))
    });
    assert!(matches!(refused, Err(StoreError::Refused(_))));
    let large = engine.submit_blocking(|_| Ok((one_put(b"a", &vec![0; MAX_VALUE]), ())));
    assert!(matches!(large, Err(StoreError::Refused(_))));
    let empty = engine.submit_blocking(|_| Ok((one_put(b"", b""), ())));
    assert!(matches!(empty, Err(StoreError::Refused(_))));
    assert_eq!(contents(&engine), BTreeMap::new());
    assert!(engine.reader().get(marker_key()).unwrap().is_none(), "the engine's own keys are hidden");
}

#[test]
fn operations_of_a_group_see_one_another() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), Options { mode: Mode::Threaded, ..SAFE }).unwrap();
    // The first operation holds the writer until the others wait, so that they form one group.
    let (go, gate) = mpsc::channel::<()>();
    let held = engine.submit(move |_| Ok((Changes::new(), gate.recv().unwrap())));
    let add = |reader: &Reader<'_>| {
        let count = reader.get(b"count")?.map_or(0, |bytes| bytes[0]);
        let seen = reader.count_prefix(b"k", 100)?;
        let mut changes = one_put(b"count", &[count + 1]);
        changes.put([b'k', count], b"");
        Ok((changes, (count, seen)))
    };
    let answers: Vec<_> = (0..20).map(|_| engine.submit(add)).collect();
    go.send(()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(held).unwrap();
    for (at, answer) in answers.into_iter().enumerate() {
        assert_eq!(runtime.block_on(answer).unwrap(), (at as u8, at));
    }
    assert_eq!(engine.metrics().snapshot().groups, 1);
}

#[test]
fn a_failure_to_write_is_for_good_and_known() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    put(&engine, b"a", b"1");
    engine.0.core.guard(|| Err("no room on the disk".to_owned())).unwrap_err();
    let after = engine.submit_blocking(|_| Ok((one_put(b"late", b"1"), ())));
    assert!(matches!(after, Err(StoreError::Broken(_))));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(matches!(runtime.block_on(engine.failed()), StoreError::Broken(_)));
    assert!(engine.reader().get(b"late").unwrap().is_none());
    assert!(engine.stop().is_err());
}

#[test]
fn b4_a_marker_that_cannot_be_written_lags_and_follows_later() {
    let dir = tempfile::tempdir().unwrap();
    let marked = || match Marker::read(dir.path()).unwrap() {
        super::marker::Found::Marker(marker) => marker.group,
        other => panic!("{other:?}"),
    };
    let engine = Engine::open(dir.path(), SAFE).unwrap();
    put(&engine, b"a", b"1");
    // As without a file handle left: the new file cannot be made.
    let in_the_way = dir.path().join("synced.new");
    fs::create_dir(&in_the_way).unwrap();
    for number in 0..=200u8 {
        put(&engine, &[number], b"");
    }
    assert_eq!(marked(), 1);
    fs::remove_dir(&in_the_way).unwrap();
    put(&engine, b"b", b"2");
    assert_eq!(marked(), 203);
    engine.stop().unwrap();
}

#[test]
fn a_stopped_engine_says_so() {
    for mode in [Mode::Inline, Mode::Threaded] {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), Options { mode, ..SAFE }).unwrap();
        engine.stop().unwrap();
        assert!(matches!(engine.submit_blocking(|_| Ok((Changes::new(), ()))), Err(StoreError::Stopped)));
        engine.stop().unwrap();
    }
}
