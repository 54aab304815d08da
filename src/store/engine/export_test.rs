//! Exports, alone and beside writers.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::store::engine::{
    Changes, Engine, ExportError, Mode, Options, Reader, Record, StoreError,
    tests::{QUICK, contents, filled, one_put},
};

/// The store made from the records of an export.
fn made_from(records: Vec<Record>) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let target = tempfile::tempdir().unwrap();
    let restored = Engine::open(target.path(), QUICK).unwrap();
    let count = records.len() as u64;
    assert_eq!(restored.import(records.into_iter().map(Ok::<_, StoreError>)).unwrap(), count);
    contents(&restored)
}

/// Exports, and puts a change into the store before every so many records.
fn exported(engine: &Engine, mut meddle: impl FnMut(u32)) -> Vec<Record> {
    let mut records = Vec::new();
    let mut sink = |key: &[u8], value: Option<&[u8]>| {
        meddle(records.len() as u32);
        records.push((key.to_vec(), value.map(<[u8]>::to_vec)));
        Ok(())
    };
    let count = engine.export(&mut sink).unwrap();
    assert_eq!(count, records.len() as u64);
    records
}

#[test]
fn an_export_comes_back() {
    let dir = filled();
    let engine = Engine::open(dir.path(), QUICK).unwrap();
    let records = exported(&engine, |_| {});
    assert_eq!(records.len(), 500);
    assert_eq!(made_from(records), contents(&engine));
}

#[test]
fn an_export_during_writes_is_the_store_at_its_end() {
    for mode in [Mode::Inline, Mode::Threaded] {
        let dir = filled();
        let engine = Engine::open(dir.path(), Options { mode, ..QUICK }).unwrap();
        // Only while the export scans: what it adds would otherwise never end.
        let records = exported(&engine, |number| {
            if number.is_multiple_of(7) && number < 450 {
                let both = move |_: &Reader<'_>| {
                    let mut changes = one_put(&number.to_be_bytes(), b"left");
                    changes.put((5_000 - number).to_be_bytes(), b"right");
                    changes.delete((number + 1).to_be_bytes());
                    Ok((changes, ()))
                };
                engine.submit_blocking(both).unwrap();
            }
        });
        assert_eq!(made_from(records), contents(&engine));
    }
}

#[test]
fn an_export_beside_a_busy_writer_has_whole_groups() {
    const KEYS: u32 = 300;
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), Options { mode: Mode::Threaded, ..QUICK }).unwrap();
    let set = |number: u32| {
        let mut changes = Changes::new();
        (0..KEYS).for_each(|key| changes.put(key.to_be_bytes(), number.to_be_bytes()));
        changes
    };
    engine.submit_blocking(move |_| Ok((set(0), ()))).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut numbers = 1..;
            while !ended.load(Ordering::Relaxed) {
                let number = numbers.next().unwrap();
                engine.submit_blocking(move |_| Ok((set(number), ()))).unwrap();
            }
        });
        let made: Vec<_> = (0..10).map(|_| made_from(exported(&engine, |_| {}))).collect();
        ended.store(true, Ordering::Relaxed);
        for store in made {
            let one = store.values().next().unwrap();
            assert!(store.len() == KEYS as usize && store.values().all(|value| value == one));
        }
    });
}

#[test]
fn one_export_at_a_time_and_a_failed_one_ends_its_listening() {
    let dir = filled();
    let engine = Engine::open(dir.path(), QUICK).unwrap();
    let mut second = None;
    let failed = engine.export(&mut |_, _| {
        second.get_or_insert_with(|| engine.export(&mut |_, _| Ok(())));
        Err(std::io::Error::other("on purpose"))
    });
    assert!(matches!(failed, Err(ExportError::Sink(_))) && matches!(second, Some(Err(ExportError::Busy))));
    assert!(engine.export(&mut |_, _| Ok(())).is_ok());
}

#[test]
fn the_end_of_an_export_shows_nothing_of_the_group_that_it_is_in() {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), QUICK).unwrap();
    let core = std::sync::Arc::clone(&engine.0.core);
    let starting = std::sync::Arc::clone(&core);
    engine.submit_blocking(move |_| Ok((Changes::new(), starting.touched.start()))).unwrap();
    let put = |value: &'static [u8]| {
        move |_: &Reader<'_>| {
            let mut changes = Changes::new();
            changes.put(b"key-of-it", value);
            Ok((changes, ()))
        }
    };
    engine.submit_blocking(put(b"before")).unwrap();
    let mut group = super::super::core::Group::default();
    core.run(&mut group, super::super::core::job(put(b"of the group"), |_| {}));
    let (inside, (sent, last)) = (std::sync::Arc::clone(&core), std::sync::mpsc::channel());
    let end = move |_: &Reader<'_>| Ok((Changes::new(), super::last_values(&inside)?));
    core.run(&mut group, super::super::core::job(end, move |last| sent.send(last).unwrap()));
    core.finish(group);
    let last = last.recv().unwrap().unwrap().unwrap();
    assert_eq!(last, [(b"key-of-it".to_vec(), Some(b"before".to_vec()))]);
    core.touched.end();
}
