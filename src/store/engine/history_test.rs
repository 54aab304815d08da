//! A random history against a plain map.

use std::{collections::BTreeMap, sync::mpsc, time::Duration};

use proptest::prelude::*;

use super::{
    tests::{QUICK, one_put},
    *,
};

/// One step of a history.
#[derive(Debug, Clone)]
enum Step {
    Apply(Vec<(u8, Option<u16>)>),
    Panic(u8),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let change = (0..40u8, prop::option::weighted(0.7, 0..3_000u16));
    prop_oneof![
        20 => prop::collection::vec(change, 1..30).prop_map(Step::Apply),
        1 => any::<u8>().prop_map(Step::Panic),
        1 => Just(Step::Reopen),
    ]
}

/// Keys of different lengths below a few prefixes.
fn key(number: u8) -> Vec<u8> {
    [&[number % 3][..], &vec![number; usize::from(number % 7)], &[number]].concat()
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn check(reader: &Reader<'_>, model: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<(), StoreError> {
    let collect = |scan: Scan<'_>| -> Result<Entries, StoreError> {
        scan.map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec()))).collect()
    };
    let of = |range: &dyn Fn(&[u8]) -> bool| -> Entries {
        model.iter().filter(|(key, _)| range(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    for prefix in 0..3u8 {
        let mut expected = of(&|key| key.starts_with(&[prefix]));
        assert_eq!(collect(reader.scan_prefix([prefix]))?, expected);
        assert_eq!(reader.count_prefix([prefix], 5)?, expected.len().min(5));
        expected.reverse();
        assert_eq!(collect(reader.scan_prefix_back([prefix]))?, expected);
    }
    let (from, to) = (key(5), key(25));
    let (from, to) = (from.clone().min(to.clone()), from.max(to));
    let mut expected = of(&|key| key >= from.as_slice() && key < to.as_slice());
    assert_eq!(collect(reader.range(&from, Some(&to)))?, expected);
    expected.reverse();
    assert_eq!(collect(reader.range_back(&from, Some(&to)))?, expected);
    assert_eq!(collect(reader.range(&to, Some(&from)))?, []);
    for number in 0..40 {
        assert_eq!(reader.get(key(number))?.map(|value| value.to_vec()), model.get(&key(number)).cloned());
    }
    Ok(())
}

fn play(mode: Mode, steps: &[Step]) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { mode, lock_wait: Duration::from_secs(5), ..QUICK };
    let mut engine = Engine::open(dir.path(), options).unwrap();
    let mut model = BTreeMap::new();
    for step in steps {
        match step {
            Step::Apply(list) => {
                let mut changes = Changes::new();
                let before = model.clone();
                for (number, length) in list {
                    match length {
                        Some(length) => {
                            let value = vec![*number; usize::from(*length)];
                            changes.put(key(*number), &value);
                            model.insert(key(*number), value);
                        }
                        None => {
                            changes.delete(key(*number));
                            model.remove(&key(*number));
                        }
                    }
                }
                let seen =
                    engine.submit_blocking(move |reader| check(reader, &before).map(|()| (changes, ())));
                seen.unwrap();
            }
            Step::Panic(number) => {
                let number = *number;
                let failed = engine.submit_blocking(move |_| -> Result<(Changes, ()), StoreError> {
                    let _changes = one_put(&[number], b"never");
                    std::panic::resume_unwind(Box::new("on purpose"))
                });
                assert!(failed.is_err());
            }
            Step::Reopen => {
                engine.stop().unwrap();
                drop(engine);
                engine = Engine::open(dir.path(), options).unwrap();
            }
        }
        check(&engine.reader(), &model).unwrap();
    }
}

/// Steps that all wait in the queue form groups, whose operations must see the pending changes of the earlier ones.
fn play_at_once(steps: &[Step]) {
    let dir = tempfile::tempdir().unwrap();
    let engine = Engine::open(dir.path(), Options { mode: Mode::Threaded, ..QUICK }).unwrap();
    let (go, gate) = mpsc::channel::<()>();
    let held = engine.submit(move |_| Ok((Changes::new(), gate.recv().unwrap())));
    let mut model = BTreeMap::new();
    let mut answers = Vec::new();
    for step in steps {
        let Step::Apply(list) = step else { continue };
        let before = model.clone();
        let mut changes = Changes::new();
        for (number, length) in list {
            match length {
                Some(length) => {
                    let value = vec![*number; usize::from(*length)];
                    changes.put(key(*number), &value);
                    model.insert(key(*number), value);
                }
                None => {
                    changes.delete(key(*number));
                    model.remove(&key(*number));
                }
            }
        }
        answers.push(engine.submit(move |reader| check(reader, &before).map(|()| (changes, ()))));
    }
    go.send(()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(held).unwrap();
    for answer in answers {
        runtime.block_on(answer).unwrap();
    }
    check(&engine.reader(), &model).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_history_leaves_what_a_plain_map_would_hold(steps in prop::collection::vec(step(), 1..40)) {
        play(Mode::Inline, &steps);
        play(Mode::Threaded, &steps);
        play_at_once(&steps);
    }
}
