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
};

use tandem::{
    care::{self, Pace},
    config::Settings,
    domain::Timestamp,
    store::{Mode, Options, Store, engine::Changes},
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
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
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
