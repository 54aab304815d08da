//! What a power cut leaves: the file as it was at the last sync, plus any subset of the 4 KiB pages written since.
//!
//! The workload runs on a real engine. After an acknowledged operation the folder is remembered; the next operation
//! runs; the pages that it changed are then those of which a disk may have kept any. From each such pair several
//! damaged folders are built. Every one must open, and hold either exactly what was acknowledged or that and the whole
//! operation in flight: nothing else, and nothing torn.
//!
//! `SEED=n` repeats the operations and the cuts; the order in which sled writes the keys of a batch is its own.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test may stop at the first surprise")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use tandem::store::engine::{Changes, Engine, Mode, Options};

const PAGE: usize = 4096;
const ROUNDS: usize = 12;
const KINDS: [Kind; 6] =
    [Kind::Random, Kind::Prefixless, Kind::TornLast, Kind::Truncated, Kind::Hole, Kind::RandomAndSnapshot];

/// Which of the pages in flight the disk kept.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Each page by chance.
    Random,
    /// The later ones, not the first ones.
    Prefixless,
    /// All but a part of the last one.
    TornLast,
    /// None; the file has its old length.
    Truncated,
    /// None; the file has its new length, with zeros behind the old one.
    Hole,
    /// As `Random`, and sled's snapshot is damaged too. No power cut does that, because sled syncs a snapshot before it
    /// gives it its name; and without one sled does not find its way through every torn log. The engine may then refuse,
    /// but must not open with less.
    RandomAndSnapshot,
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;
type Operation = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// All files of a store's folder at one moment.
#[derive(Clone)]
struct Image(BTreeMap<PathBuf, Vec<u8>>);

impl Image {
    fn take(dir: &Path) -> Self {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
        assert!(fs::read_dir(dir.join("blobs")).unwrap().next().is_none(), "sled never syncs these files");
        Self(files)
    }

    fn db(&self) -> &[u8] {
        &self.0[Path::new("db")]
    }

    fn put_down(&self, dir: &Path) {
        for (name, bytes) in &self.0 {
            fs::write(dir.join(name), bytes).unwrap();
        }
    }
}

/// Numbers of the pages that differ.
fn in_flight(before: &[u8], after: &[u8]) -> Vec<usize> {
    let page =
        |bytes: &[u8], at: usize| bytes.get(at * PAGE..).map(|rest| rest[..rest.len().min(PAGE)].to_vec());
    (0..after.len().div_ceil(PAGE)).filter(|&at| page(before, at) != page(after, at)).collect()
}

fn cut(kind: Kind, before: &Image, after: &Image, random: &mut fastrand::Rng) -> Image {
    let mut image = before.clone();
    let (old, new) = (before.db(), after.db());
    let pages = in_flight(old, new);
    let mut db = old.to_vec();
    let keep = |db: &mut Vec<u8>, at: usize, length: usize| {
        let start = at * PAGE;
        let end = (start + length).min(new.len());
        if db.len() < end {
            db.resize(end, 0);
        }
        db[start..end].copy_from_slice(&new[start..end]);
    };
    match kind {
        Kind::Random | Kind::RandomAndSnapshot => {
            let share = random.f64();
            for &at in pages.iter().filter(|_| random.f64() < share) {
                keep(&mut db, at, PAGE);
            }
        }
        Kind::Prefixless => {
            let missing = random.usize(1..=pages.len().max(1)).min(pages.len());
            for &at in &pages[missing..] {
                keep(&mut db, at, PAGE);
            }
        }
        Kind::TornLast => {
            for (nth, &at) in pages.iter().enumerate() {
                let whole = nth + 1 < pages.len();
                keep(&mut db, at, if whole { PAGE } else { 512 * random.usize(0..8) });
            }
        }
        Kind::Truncated => {}
        Kind::Hole => db.resize(db.len().max(new.len()), 0),
    }
    image.0.insert("db".into(), db);
    if matches!(kind, Kind::RandomAndSnapshot) {
        for (name, bytes) in &mut image.0 {
            if name.to_string_lossy().starts_with("snap.") {
                bytes.truncate(random.usize(..bytes.len()));
            }
        }
    }
    image
}

/// The next thing that a sync program would do: a page of subjects with its cursor, an outcome, or some clearing up.
fn operation(number: u32, model: &Model, random: &mut fastrand::Rng) -> Operation {
    let customer = random.u32(1..4).to_be_bytes();
    let key = |kind: u8, id: u32| [&customer[..], &[kind], &id.to_be_bytes()].concat();
    let stamp = number.to_be_bytes();
    let mut operation = Operation::new();
    match random.u8(0..10) {
        0..5 => {
            let first = random.u32(0..4) * 300;
            for id in first..first + 500 {
                let length = random.usize(200..400);
                let value =
                    [&stamp[..], &std::iter::repeat_with(|| random.u8(..)).take(length).collect::<Vec<_>>()]
                        .concat();
                operation.push((key(1, id), Some(value)));
                operation.push((key(2, id.reverse_bits()), Some(stamp.to_vec())));
            }
            operation.push((key(3, 0), Some(stamp.to_vec())));
        }
        5..8 => {
            let id = random.u32(0..1_500);
            operation.push((key(1, id), Some([&stamp[..], &[1; 150]].concat())));
            operation.push((key(2, id.reverse_bits()), None));
            operation.push((key(4, number), Some(vec![2; 90])));
        }
        _ => {
            let all: Vec<_> = model.keys().filter(|key| key.starts_with(&customer)).cloned().collect();
            let from = random.usize(..=all.len());
            operation.extend(all.into_iter().skip(from).take(random.usize(1..700)).map(|key| (key, None)));
        }
    }
    operation
}

fn apply(model: &Model, operation: &Operation) -> Model {
    let mut model = model.clone();
    for (key, value) in operation {
        match value {
            Some(value) => model.insert(key.clone(), value.clone()),
            None => model.remove(key),
        };
    }
    model
}

fn submit(engine: &Engine, operation: &Operation) {
    let operation = operation.clone();
    let done = engine.submit_blocking(move |_| {
        let mut changes = Changes::new();
        for (key, value) in &operation {
            match value {
                Some(value) => changes.put(key, value),
                None => changes.delete(key),
            }
        }
        Ok((changes, ()))
    });
    done.unwrap();
}

fn contents(engine: &Engine) -> Model {
    engine
        .reader()
        .range([], None)
        .map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap())
        .collect()
}

fn options() -> Options {
    Options { cache_bytes: 8 << 20, mode: Mode::Inline, ..Options::default() }
}

#[test]
fn nothing_acknowledged_is_lost_and_no_operation_is_torn() {
    let seed = std::env::var_os("SEED")
        .map_or_else(|| fastrand::u64(..), |seed| seed.to_string_lossy().parse().unwrap());
    println!("SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut engine = Engine::open(dir.path(), options()).unwrap();
    let mut model = Model::new();
    let (mut number, mut images, mut kept, mut refused) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        for _ in 0..random.u32(1..8) {
            let next = operation(number, &model, &mut random);
            submit(&engine, &next);
            model = apply(&model, &next);
            number += 1;
        }
        if random.u8(..3) == 0 {
            engine.stop().unwrap();
            drop(engine);
            engine = Engine::open(dir.path(), options()).unwrap();
        }
        let before = Image::take(dir.path());
        let acknowledged = model.clone();
        let next = operation(number, &model, &mut random);
        submit(&engine, &next);
        model = apply(&model, &next);
        number += 1;
        let after = Image::take(dir.path());

        for kind in KINDS {
            let image = cut(kind, &before, &after, &mut random);
            let folder = tempfile::tempdir().unwrap();
            image.put_down(folder.path());
            let what = format!("SEED={seed}, round {round}, {kind:?}");
            images += 1;
            let opened = match Engine::open(folder.path(), options()) {
                Ok(opened) => opened,
                Err(error) if matches!(kind, Kind::RandomAndSnapshot) => {
                    assert!(error.to_string().contains("tandem restore FILE"), "{what}: {error}");
                    assert!(
                        fs::read(folder.path().join("db")).unwrap() == image.db(),
                        "{what}: not left as found"
                    );
                    refused += 1;
                    continue;
                }
                Err(error) => panic!("{what}: {error}"),
            };
            let found = contents(&opened);
            kept += usize::from(found == model && model != acknowledged);
            assert!(found == acknowledged || found == model, "{what}: {}", difference(&found, &acknowledged));
            // It must also be able to go on from there.
            submit(&opened, &vec![(b"\0\0\0\x09on".to_vec(), Some(vec![1]))]);
            assert_eq!(contents(&opened).len(), found.len() + 1, "{what}");
        }
    }
    println!(
        "{images} images of {number} operations; the operation in flight survived in {kept}; {refused} refused"
    );
    assert!(images >= 40);
}

fn difference(found: &Model, expected: &Model) -> String {
    let lost = expected.keys().filter(|key| !found.contains_key(*key)).count();
    let added = found.keys().filter(|key| !expected.contains_key(*key)).count();
    let changed =
        found.iter().filter(|(key, value)| expected.get(*key).is_some_and(|other| other != *value)).count();
    format!("{lost} lost, {added} added, {changed} changed of {}", expected.len())
}
