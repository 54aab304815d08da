//! A process that is killed at a random moment while it cares for its store leaves the old state or the new one.
//!
//! The child is this test binary again, with the name of its work. It prints a line now and then; the parent kills it after a random
//! number of lines, goes on with the work, and looks at what is there. A kill keeps the page cache, so this says nothing about power
//! cuts.
//!
//! `SEED=n` repeats the moments as far as the scheduler allows.

#![allow(clippy::unwrap_used, missing_docs, reason = "a test may stop at the first surprise")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use tandem::{
    care::{self, Pace},
    config::Settings,
    domain::{CcView, ContactId, CustomerRules, Observation, Stage, Timestamp},
    store::{CustomerStore, ForgetOutcome, Mode, Options, Page, Store, engine::Changes},
};

const CHILD: &str = "TANDEM_KILL_CARE_CHILD";
const DIR: &str = "TANDEM_KILL_CARE_DIR";
const KILLS: usize = 20;
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
/// Keys that change together, at both ends of the store.
const ENDS: [u8; 2] = [1, 200];

fn options(mode: Mode) -> Options {
    Options { mode, ..Options::default() }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).unwrap();
}

/// Runs a child, and kills it after a random number of its lines. Gives the lines.
fn killed(work: &str, dir: &Path, most: u32, random: &mut fastrand::Rng) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(CHILD, work)
        .env(DIR, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut left = random.u32(..most);
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if left == 0 {
            child.kill().unwrap();
        }
        left = left.saturating_sub(1);
        // The last line may have been cut by the kill.
        said.extend(line);
    }
    let _ = child.kill();
    child.wait().unwrap();
    said
}

fn seeded() -> fastrand::Rng {
    let seed = std::env::var_os("SEED")
        .map_or_else(|| fastrand::u64(..), |seed| seed.to_string_lossy().parse().unwrap());
    println!("SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// Does nothing unless the parent started it.
#[test]
fn child() {
    let Some(work) = std::env::var_os(CHILD) else { return };
    let dir = PathBuf::from(std::env::var_os(DIR).unwrap());
    match work.to_str().unwrap() {
        "backup" => back_up_for_ever(&dir),
        "restore" => ticking(|| restore_for_ever(&dir)),
        "compact" => ticking(|| compact_for_ever(&dir)),
        "rebuild" => ticking(|| rebuild_for_ever(&dir)),
        "forget" => forget_all(&dir),
        other => panic!("{other}"),
    }
}

fn fill(store: &Store) {
    for part in 0..40u32 {
        let mut changes = Changes::new();
        for key in 0..100u32 {
            changes.put([&[9; 4][..], &part.to_be_bytes(), &key.to_be_bytes()].concat(), [7; 200]);
        }
        store.engine().submit_blocking(move |_| Ok((changes, ()))).unwrap();
    }
}

/// Backs up again and again while a thread counts upwards at both ends of the store.
fn back_up_for_ever(dir: &Path) {
    let store = Store::open(&dir.join("store"), options(Mode::Threaded)).unwrap();
    let settings = Settings::defaults_in(dir).store;
    let runtime = runtime();
    std::thread::scope(|scope| {
        let counting = store.clone();
        scope.spawn(move || {
            loop {
                let number = counting
                    .engine()
                    .submit_blocking(|reader| {
                        let now = reader
                            .get([1])?
                            .map_or(0, |value| u32::from_be_bytes(value[..].try_into().unwrap()));
                        let mut changes = Changes::new();
                        ENDS.iter().for_each(|key| changes.put([*key], (now + 1).to_be_bytes()));
                        Ok((changes, now + 1))
                    })
                    .unwrap();
                say(&format!("counted {number}"));
            }
        });
        loop {
            let file = Some(dir.join("store.backup"));
            runtime.block_on(care::back_up(&store, &settings, file, (Pace::Full, NOW))).unwrap();
        }
    });
}

/// Works while another thread prints a line after the other, so that the parent has moments to choose from.
fn ticking(work: impl FnOnce()) {
    std::thread::spawn(|| {
        loop {
            say("tick");
        }
    });
    work();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// Restores one backup and the other in turn.
fn restore_for_ever(dir: &Path) {
    let settings = Settings::defaults_in(dir);
    for backup in ["one.backup", "two.backup"].into_iter().cycle() {
        runtime().block_on(care::restore(&settings, &dir.join(backup), NOW)).unwrap();
    }
}

fn compact_for_ever(dir: &Path) {
    loop {
        care::compact(&Settings::defaults_in(dir).data_dir).unwrap();
    }
}

/// Knows people, and forgets them to read them anew.
fn rebuild_for_ever(dir: &Path) {
    let store = Store::open(&dir.join("store"), options(Mode::Inline)).unwrap();
    let record = store.customers().unwrap().pop().unwrap();
    let of = store.of(record.number);
    loop {
        runtime().block_on(async {
            know_people(&of).await;
            of.read_anew(false, NOW).await.unwrap();
        });
    }
}

/// Forgets one person after the other.
fn forget_all(dir: &Path) {
    let store = Store::open(&dir.join("store"), options(Mode::Threaded)).unwrap();
    let of = store.of(store.customers().unwrap().pop().unwrap().number);
    runtime().block_on(async {
        loop {
            know_people(&of).await;
            for number in 0..400 {
                let outcome = of.forget_person(ContactId::new(&format!("c-{number}")), NOW).await.unwrap();
                // Each is forgotten once; the kill falls into what comes after the line.
                if matches!(outcome, ForgetOutcome::Done(_)) {
                    say("forgotten");
                }
            }
            say("all");
        }
    });
}

async fn know_people(of: &CustomerStore) {
    for page in 0..4u32 {
        let row = |number: u32| {
            let view =
                CcView { email: Some(format!("p{number}@example.org")), seen_at: NOW, ..CcView::default() };
            Observation::whole(ContactId::new(&format!("c-{number}")), view, 7)
        };
        let page = Page::apart((page * 100..page * 100 + 100).map(row).collect());
        of.observe(page, Arc::new(CustomerRules::default()), Stage::Live, NOW).await.unwrap();
    }
}

fn entries(file: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut entries = BTreeMap::new();
    for record in care::read(file).unwrap() {
        match record.unwrap() {
            (key, Some(value)) => entries.insert(key, value),
            (key, None) => entries.remove(&key),
        };
    }
    entries
}

#[test]
fn a_killed_backup_leaves_a_whole_file_or_the_one_before() {
    let mut random = seeded();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), options(Mode::Inline)).unwrap();
    fill(&store);
    store.stop().unwrap();
    drop(store);
    let file = dir.path().join("store.backup");
    let (mut last, mut files) = (0, 0);
    for _ in 0..KILLS {
        let said = killed("backup", dir.path(), 200, &mut random);
        let counted = said.iter().filter_map(|line| line.strip_prefix("counted ")?.parse().ok());
        let counted: u32 = counted.max().unwrap_or(0);
        if file.exists() {
            files += 1;
            let entries = entries(&file);
            let ends = ENDS.map(|key| {
                entries.get(&vec![key]).map(|value| u32::from_be_bytes(value[..].try_into().unwrap()))
            });
            assert_eq!(ends[0], ends[1], "a group is torn");
            let number = ends[0].unwrap_or(0);
            // The line of what was counted last may be lost by the kill.
            assert!(number >= last && number <= counted.max(last) + 1, "{last} {number} {counted}");
            assert!(entries.len() >= 4_000);
            last = number;
        }
    }
    assert!(files > 0, "no backup was made between {KILLS} kills");
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.len() <= 3, "the store, the backup, one unfinished: {left:?}");
}

/// The store of a folder as it is after a kill, settled.
fn settled(dir: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let data_dir = Settings::defaults_in(dir).data_dir;
    care::settle(&data_dir).unwrap();
    let store = Store::open(&data_dir.join("store"), options(Mode::Inline)).unwrap();
    let entries = store.engine().reader().range([], None).map(|entry| entry.unwrap());
    let entries = entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
    store.stop().unwrap();
    entries
}

/// A store with many entries and a number at both of its ends.
fn numbered(dir: &Path, number: u8) -> Store {
    let store = Store::open(dir, options(Mode::Inline)).unwrap();
    fill(&store);
    let mut changes = Changes::new();
    ENDS.iter().for_each(|key| changes.put([*key], [number]));
    store.engine().submit_blocking(move |_| Ok((changes, ()))).unwrap();
    store
}

#[test]
fn a_killed_restore_leaves_the_old_store_or_the_new_one() {
    let mut random = seeded();
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings::defaults_in(dir.path());
    for (number, name) in [(1, "one"), (2, "two")] {
        let store = numbered(&dir.path().join(name), number);
        let file = Some(dir.path().join(format!("{name}.backup")));
        runtime().block_on(care::back_up(&store, &settings.store, file, (Pace::Full, NOW))).unwrap();
        store.stop().unwrap();
    }
    runtime().block_on(care::restore(&settings, &dir.path().join("one.backup"), NOW)).unwrap();
    for _ in 0..KILLS {
        killed("restore", dir.path(), 20_000, &mut random);
        let entries = settled(dir.path());
        let ends = ENDS.map(|key| entries.get(&vec![key]).cloned());
        assert!(ends[0] == ends[1] && ends[0].is_some(), "neither the one nor the other: {ends:?}");
        assert!(entries.len() >= 4_002);
    }
    // What remains is the store, and those that made way for another.
    for entry in fs::read_dir(&settings.data_dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "store" || name == "store.lock" || name.starts_with("store.before-restore-");
        assert!(known, "{name}");
    }
}

#[test]
fn a_killed_compact_leaves_every_entry() {
    let mut random = seeded();
    let dir = tempfile::tempdir().unwrap();
    let data_dir = Settings::defaults_in(dir.path()).data_dir;
    numbered(&data_dir.join("store"), 1).stop().unwrap();
    let before = settled(dir.path());
    for _ in 0..KILLS {
        killed("compact", dir.path(), 20_000, &mut random);
        assert!(settled(dir.path()) == before);
    }
    let files = fs::read_dir(&data_dir).unwrap().count();
    assert_eq!(files, 2, "the store and the lock");
}

#[test]
fn a_killed_rebuild_is_gone_on_with() {
    let mut random = seeded();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), options(Mode::Inline)).unwrap();
    runtime().block_on(store.enrol("hope".parse().unwrap(), NOW)).unwrap();
    store.stop().unwrap();
    drop(store);
    let mut gone_on_with = 0;
    for _ in 0..KILLS {
        killed("rebuild", dir.path(), 20_000, &mut random);
        let store = Store::open(&dir.path().join("store"), options(Mode::Inline)).unwrap();
        let record = store.customers().unwrap().pop().unwrap();
        let of = store.of(record.number);
        if record.anew.is_some_and(|anew| !anew.is_dropped) {
            gone_on_with += 1;
            let record = runtime().block_on(of.go_on_dropping(NOW)).unwrap().unwrap();
            assert!(record.anew.unwrap().is_dropped);
            assert_eq!(of.counts().unwrap().subjects(), 0);
        }
        assert_eq!(of.check_consistent().unwrap(), Vec::<String>::new());
        store.stop().unwrap();
    }
    println!("{gone_on_with} of {KILLS} kills fell into the dropping");
}

#[test]
fn a_killed_forget_leaves_a_person_whole_or_gone_for_good() {
    let mut random = seeded();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("store"), options(Mode::Inline)).unwrap();
    let number = runtime().block_on(store.enrol("hope".parse().unwrap(), NOW)).unwrap().number;
    store.stop().unwrap();
    drop(store);
    let mut forgotten = 0;
    for _ in 0..KILLS {
        killed("forget", dir.path(), 40, &mut random);
        let store = Store::open(&dir.path().join("store"), options(Mode::Inline)).unwrap();
        let of = store.of(number);
        assert_eq!(of.check_consistent().unwrap(), Vec::<String>::new());
        let entries: Vec<(Vec<u8>, Vec<u8>)> = store
            .engine()
            .reader()
            .scan_prefix(number.to_be_bytes())
            .map(|entry| entry.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap())
            .collect();
        let before = forgotten;
        forgotten = 0;
        for person in 0..400 {
            let (id, address) = (format!("c-{person}"), format!("p{person}@example.org"));
            let is_gone = of.forgotten_since(&id).unwrap().is_some();
            assert_eq!(is_gone, of.forgotten_since(&address).unwrap().is_some(), "{id} is half gone");
            if is_gone {
                forgotten += 1;
                assert!(!of.has_subject(&ContactId::new(&id)).unwrap(), "{id} is there again");
                let text = address.as_bytes();
                let has = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text);
                assert!(!entries.iter().any(|(key, value)| has(key) || has(value)), "{address} stays");
            }
        }
        assert!(forgotten >= before, "the forgotten are remembered");
        store.stop().unwrap();
    }
    println!("{forgotten} of 400 people were forgotten");
    assert!(forgotten > 0, "no kill came after the first was forgotten");
}
